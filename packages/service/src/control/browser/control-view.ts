import { fill } from './control-texts.js'
import type { TextsInLanguage } from './control-texts.js'
import { element } from './elements.js'
import { optionPair, type OptionPair } from './option-pair.js'
import { attributeWord, preferenceMeaning, preferencePhrase } from './preference-words.js'
import type { Capabilities } from './service-answers.js'
import type { Preference, ServiceFailure } from './service-client.js'

/** All that the control shows at one moment. */
export interface ControlState {
  readonly preference: Preference
  /** Undefined until the service has answered. */
  readonly capabilities: Capabilities | undefined
  readonly failure: ServiceFailure | undefined
  readonly isAsking: boolean
  /** Where the main parameters are; undefined where the endpoint is no address. */
  readonly parameters: string | undefined
}

/** What a person can do. */
export interface ControlActions {
  readonly choose: (preference: Preference) => void
  readonly retry: () => void
}

/** The inside of the control: made once for a language, then shown state by state, so that focus stays where it is. */
export interface ControlView {
  readonly root: HTMLElement
  show(state: ControlState): void
}

interface AttributeRow {
  readonly root: HTMLElement
  readonly pair: OptionPair
  readonly unknown: HTMLElement
}

/** Builds the inside of the control. Whether to profile can be chosen in every state, also while the service is silent. */
export function controlView(words: TextsInLanguage, { choose, retry }: ControlActions): ControlView {
  const { texts, language } = words
  let preference: Preference = { hide: [], mode: 'non_profiled' }

  const modes = optionPair(
    [
      { value: 'non_profiled', name: texts.notProfiled, meaning: texts.notProfiledMeaning },
      { value: 'profiled', name: texts.profiled, meaning: texts.profiledMeaning },
    ],
    (mode) => choose({ ...preference, mode: mode === 'profiled' ? 'profiled' : 'non_profiled' }),
  )
  const rows = new Map<string, AttributeRow>()
  const rowList = element('div', { attributes: { class: 'rows' } })
  const attributes = element(
    'fieldset',
    {},
    element('legend', {}, texts.attributesLegend),
    element('p', { attributes: { class: 'hint' } }, texts.attributesMeaning),
    rowList,
  )
  const phrase = element('span')
  const meaning = element('div', { attributes: { class: 'meaning' } })
  const failure = element('p', { attributes: { class: 'failure' } })
  const retryButton = element('button', {
    attributes: { type: 'button', hidden: true },
    on: { click: retry },
  })
  retryButton.textContent = texts.retry
  const now = element(
    'div',
    { attributes: { class: 'now', role: 'status' } },
    element('p', {}, element('strong', {}, texts.nowLabel), ' ', phrase),
    meaning,
    failure,
  )
  const parameters = element('a', {}, texts.parameters)
  const root = element(
    'section',
    { attributes: { class: 'control', 'aria-labelledby': 'heading', lang: language } },
    element('h2', { attributes: { id: 'heading' } }, texts.heading),
    element('fieldset', {}, element('legend', {}, texts.listLegend), modes.root),
    attributes,
    now,
    retryButton,
    element(
      'div',
      {},
      element('h3', {}, texts.promiseHeading),
      element('ul', {}, ...texts.promises.map((promise) => element('li', {}, promise))),
      parameters,
    ),
  )

  function addRow(name: string): AttributeRow {
    const label = element('span', { attributes: { class: 'attribute' } }, attributeWord(words, name))
    const pair = optionPair(
      [
        { value: 'hidden', name: texts.hidden },
        { value: 'not-hidden', name: texts.notHidden },
      ],
      (value) => {
        const others = preference.hide.filter((one) => one !== name)
        choose({ ...preference, hide: value === 'hidden' ? [...others, name].sort() : others })
      },
      label,
    )
    const unknown = element('p', { attributes: { class: 'hint', hidden: true } }, texts.unknownAttribute)
    const row = {
      root: element('div', { attributes: { class: 'row' } }, label, pair.root, unknown),
      pair,
      unknown,
    }
    rows.set(name, row)
    rowList.append(row.root)
    return row
  }

  function showFailure({ failure: problem, isAsking }: ControlState): void {
    // The button goes once the service has answered; focus that was on it must not fall back to the top of the page.
    const hadFocus = retryButton.matches(':focus')
    retryButton.hidden = problem === undefined
    if (hadFocus && retryButton.hidden) root.querySelector<HTMLElement>('input:checked')?.focus()
    const reason = problem === undefined ? '' : fill(texts[problem.reason], { detail: problem.detail })
    // Empty while asking, so that the same failure is read out a second time.
    setText(failure, problem === undefined || isAsking ? '' : `${texts.failed} ${reason}`)
  }

  return {
    root,
    show: (state) => {
      preference = state.preference
      const { capabilities, failure: problem, isAsking } = state
      modes.show(preference.mode)
      const isSettled = capabilities !== undefined || problem !== undefined
      const names = isSettled ? [...(capabilities?.attributes ?? []), ...preference.hide] : []
      for (const name of names) if (!rows.has(name)) addRow(name)
      attributes.hidden = rows.size === 0
      for (const [name, { pair, unknown }] of rows) {
        pair.show(preference.hide.includes(name) ? 'hidden' : 'not-hidden')
        unknown.hidden = capabilities === undefined || capabilities.attributes.includes(name)
      }
      setText(phrase, preferencePhrase(words, preference))
      const sentences = [
        ...preferenceMeaning(words, capabilities, preference),
        ...(isAsking ? [texts.loading] : []),
      ]
      if (sentences.join('\n') !== [...meaning.children].map((one) => one.textContent).join('\n')) {
        meaning.replaceChildren(...sentences.map((sentence) => element('p', {}, sentence)))
      }
      showFailure(state)
      parameters.hidden = state.parameters === undefined
      if (state.parameters !== undefined) parameters.href = state.parameters
    },
  }
}

/** Writes only what changed, because a live region is read out again whenever it is written to. */
function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
