// The page at /try: one history, and the list that is made of it with and without each attribute.
import { element } from './elements.js'
import { comparedLists, listSection, type ComparedList } from './compared-lists.js'
import type { Capabilities, RecommendedItem } from './service-answers.js'
import { readCapabilities, readRecommendations, ServiceFailure } from './service-client.js'
import { fill, textsFor } from './control-texts.js'

/** The service is where this page is. */
const endpoint = './'

/** Items that are offered as a history, and items per list. */
const numStarters = 12
const listLength = 10

const form = part('form', HTMLFormElement)
const starters = part('#starters', HTMLElement)
const ids = part('#ids', HTMLInputElement)
const submit = part('#submit', HTMLButtonElement)
const history = part('#history', HTMLElement)
const status = part('#status', HTMLElement)
const lists = part('#lists', HTMLElement)

/** Ids of the starters that were picked, in the order of picking. */
const picked: string[] = []
let capabilities: Capabilities | undefined
let running: AbortController | undefined

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void showLists()
})
ids.addEventListener('input', () => showHistory())
showHistory()
void begin()

/** Asks what can be hidden, and for the list that is the same for everybody, to pick a history from. */
async function begin(): Promise<void> {
  const { signal } = new AbortController()
  status.textContent = 'Asking the service …'
  try {
    capabilities = await readCapabilities(endpoint, signal)
    const k = Math.min(numStarters, capabilities.maxItems ?? numStarters)
    const requirements = { hide: [], mode: 'non_profiled' } as const
    const { items } = await readRecommendations(endpoint, { history: [], k, requirements }, signal)
    starters.replaceChildren(...items.map((item) => starterButton(item)))
    status.textContent = ''
  } catch (error) {
    status.textContent = failureText(error)
  }
}

function starterButton({ id, title }: RecommendedItem): HTMLElement {
  const button = element(
    'button',
    { attributes: { type: 'button', class: 'chip', 'aria-pressed': 'false' } },
    title ?? id,
  )
  button.addEventListener('click', () => {
    const at = picked.indexOf(id)
    if (at < 0) picked.push(id)
    else picked.splice(at, 1)
    button.setAttribute('aria-pressed', String(at < 0))
    showHistory()
  })
  return element('li', {}, button)
}

/** What was typed first, then what was picked; the oldest first. */
function chosenHistory(): string[] {
  const typed = ids.value.split(',').flatMap((one) => one.trim() || [])
  return [...typed, ...picked.filter((id) => !typed.includes(id))]
}

function showHistory(): void {
  const { length } = chosenHistory()
  history.textContent =
    length === 0 ? 'The history is empty.' : `The history has ${length === 1 ? '1 item' : `${length} items`}.`
}

async function showLists(): Promise<void> {
  const chosen = chosenHistory()
  if (chosen.length === 0) {
    status.textContent = 'Choose at least one item for the history first.'
    return
  }
  running?.abort()
  const own = new AbortController()
  running = own
  status.textContent = 'Making the lists …'
  submit.setAttribute('aria-busy', 'true')
  try {
    capabilities ??= await readCapabilities(endpoint, own.signal)
    const k = Math.min(listLength, capabilities.maxItems ?? listLength)
    const compared = comparedLists(capabilities)
    const answers = await Promise.all(
      compared.map(async ({ preference }) =>
        readRecommendations(endpoint, { history: chosen, k, requirements: preference }, own.signal).catch(
          (error: unknown) => failureText(error),
        ),
      ),
    )
    if (own.signal.aborted) return
    present(compared, answers, capabilities)
  } catch (error) {
    if (own.signal.aborted) return
    lists.replaceChildren()
    status.textContent = failureText(error)
  } finally {
    if (running === own) submit.removeAttribute('aria-busy')
  }
}

function present(
  compared: readonly ComparedList[],
  answers: readonly (Awaited<ReturnType<typeof readRecommendations>> | string)[],
  known: Capabilities,
): void {
  const bare = answers[compared.findIndex(({ isBare }) => isBare)]
  const base = typeof bare === 'object' && !bare.degraded ? bare : undefined
  lists.replaceChildren(...compared.map((list, i) => listSection(list, answers[i] ?? '', base, known)))
  const failed = answers.filter((answer) => typeof answer === 'string').length
  status.textContent =
    failed === 0
      ? `${answers.length} lists, below.`
      : `${answers.length - failed} lists, below; ${failed} could not be made, the reason stands in their place.`
}

function failureText(error: unknown): string {
  const { texts } = textsFor('en', {})
  const failure = error instanceof ServiceFailure ? error : new ServiceFailure('unexpected', String(error))
  return `The service gave no list. ${fill(texts[failure.reason], { detail: failure.detail })}`
}

function part<Part extends Element>(selector: string, kind: new () => Part): Part {
  const found = document.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}
