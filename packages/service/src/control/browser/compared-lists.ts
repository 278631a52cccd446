import { textsFor } from './control-texts.js'
import { element } from './elements.js'
import { preferenceMeaning } from './preference-words.js'
import type { Capabilities, RecommendedItem, Recommendations } from './service-answers.js'
import type { Preference } from './service-client.js'

/** One of the lists that stand side by side. */
export interface ComparedList {
  readonly name: string
  readonly preference: Preference
  /** Whether this is the list without a veil, which the others are compared with. */
  readonly isBare: boolean
}

/** The list without a veil, one for each attribute, one for all of them, and the one without a profile. */
export function comparedLists({ attributes }: Pick<Capabilities, 'attributes'>): ComparedList[] {
  const profiled = (name: string, hide: readonly string[]): ComparedList => ({
    name,
    preference: { hide, mode: 'profiled' },
    isBare: hide.length === 0,
  })
  return [
    profiled('Nothing hidden', []),
    ...attributes.map((attribute) => profiled(`${attribute} hidden`, [attribute])),
    ...(attributes.length > 1 ? [profiled('All hidden', [...attributes].sort())] : []),
    { name: 'Not profiled', preference: { hide: [], mode: 'non_profiled' }, isBare: false },
  ]
}

/**
 * One list with what was applied to make it; items that are not in the list without a veil are marked.
 *
 * @param answer a sentence where there is no list.
 * @param bare undefined where that list could not be made: then nothing is marked.
 */
export function listSection(
  { name, preference, isBare }: ComparedList,
  answer: Recommendations | string,
  bare: Recommendations | undefined,
  capabilities: Capabilities,
): HTMLElement {
  const heading = element('h3', {}, name)
  if (typeof answer === 'string') {
    return element('section', { attributes: { class: 'list' } }, heading, note(answer, 'warning'))
  }
  const known = new Set((bare?.items ?? answer.items).map(({ id }) => id))
  const isCompared = bare !== undefined && !isBare
  const kept = answer.items.filter(({ id }) => known.has(id)).length
  return element(
    'section',
    { attributes: { class: 'list' } },
    heading,
    ...deviation(preference, answer).map((sentence) => note(sentence, 'warning')),
    ...(isCompared
      ? [
          note(
            `${answer.items.length - kept} of ${answer.items.length} are not in the list with nothing hidden.`,
          ),
        ]
      : []),
    element('ol', {}, ...answer.items.map((item) => entry(item, isCompared && !known.has(item.id)))),
    meaningOf(answer, capabilities),
  )
}

function entry({ id, title }: RecommendedItem, isNew: boolean): HTMLElement {
  const tag = element('span', { attributes: { class: 'tag' } }, 'new')
  return element('li', {}, title ?? id, ...(isNew ? [' ', tag] : []))
}

/** Where the service applied something else than it was asked for. */
function deviation(asked: Preference, { mode, hide, degraded, fallbackReason }: Recommendations): string[] {
  if (degraded) {
    const reason = fallbackReason === null ? '' : ` (${fallbackReason})`
    return [`The service did not make this list, and answered without a profile instead${reason}.`]
  }
  const added = mode === 'profiled' ? hide.filter((name) => !asked.hide.includes(name)) : []
  return added.length === 0 ? [] : [`The service hid more than it was asked to: ${added.join(', ')}, too.`]
}

/** By what was applied, which may be more than was asked for. */
function meaningOf({ mode, hide }: Recommendations, capabilities: Capabilities): HTMLElement {
  if (mode !== 'profiled') return note('Nothing of this history was used.')
  if (hide.length === 0) return note('There is no veil: it may tell any of the attributes.')
  const sentences = preferenceMeaning(textsFor('en', {}), capabilities, { hide, mode })
  return element(
    'details',
    {},
    element('summary', {}, 'What can still be told'),
    ...sentences.map((sentence) => note(sentence)),
  )
}

function note(text: string, kind = 'note'): HTMLElement {
  return element('p', { attributes: { class: kind } }, text)
}
