import { germanTexts } from './control-texts-de.js'

/**
 * Every word that the control shows. `{name}` stands for something filled in; leave it in a text of your own, it may move.
 *
 * A text of your own must stay true: it may not promise more than these do, nor make one option sound better than another.
 */
export interface ControlTexts {
  readonly heading: string
  readonly listLegend: string
  readonly notProfiled: string
  readonly notProfiledMeaning: string
  readonly profiled: string
  readonly profiledMeaning: string
  readonly attributesLegend: string
  readonly attributesMeaning: string
  readonly hidden: string
  readonly notHidden: string
  /** Beside an attribute that the page asks to hide and the service does not know. */
  readonly unknownAttribute: string
  readonly loading: string
  readonly failed: string
  readonly retry: string
  /** Why the service gave no answer; `{detail}` is what it said itself. */
  readonly unreachable: string
  readonly slow: string
  readonly refused: string
  readonly unexpected: string
  readonly nowLabel: string
  readonly nowNotProfiled: string
  readonly nowNothingHidden: string
  /** `{attributes}`: the names, joined as the language joins them. */
  readonly nowHidden: string
  readonly keptForLater: string
  readonly nothingHiddenMeaning: string
  readonly notOffered: string
  readonly notAudited: string
  readonly noFigure: string
  /** The verdict of the audit on the one attribute that is hidden (`{attribute}`), or on several together. */
  readonly stillTold: string
  readonly stillToldOfSeveral: string
  readonly undecided: string
  readonly undecidedOfSeveral: string
  readonly atChance: string
  readonly atChanceOfSeveral: string
  /** What the figure means: `{of100}`, `{from}` and `{to}` are cases of 100. */
  readonly cases: string
  readonly casesOfSeveral: string
  readonly figure: string
  readonly quickAudit: string
  readonly lessAccurate: string
  readonly moreAccurate: string
  readonly promiseHeading: string
  readonly promises: readonly string[]
  readonly parameters: string
  /** Names of attributes as people say them; what is not here is shown as the service names it. */
  readonly attributes: Readonly<Record<string, string>>
}

const englishTexts: ControlTexts = {
  heading: 'What may your recommendations be based on?',
  listLegend: 'How your list is made',
  notProfiled: 'Not profiled',
  notProfiledMeaning: 'The same list for everybody who chooses this. Nothing about you is used for it.',
  profiled: 'Profiled',
  profiledMeaning: 'A list for you, made from what you have chosen here before.',
  attributesLegend: 'What your profile may tell about you',
  attributesMeaning:
    'These can often be told from what somebody has chosen. For each you decide whether it is hidden from the recommender.',
  hidden: 'Hidden',
  notHidden: 'Not hidden',
  unknownAttribute: 'This service does not know it and refuses requests that hide it.',
  loading: 'Asking the service what it can hide …',
  failed: 'The service did not say what it can hide. Your choice stays as shown.',
  retry: 'Ask again',
  unreachable: 'It cannot be reached.',
  slow: 'It did not answer in time.',
  refused: 'It answered “{detail}”.',
  unexpected: 'Its answer could not be understood ({detail}).',
  nowLabel: 'Now chosen:',
  nowNotProfiled: 'not profiled.',
  nowNothingHidden: 'profiled, nothing hidden.',
  nowHidden: 'profiled, with {attributes} hidden.',
  keptForLater:
    'Without a profile there is nothing to hide. {attributes} will be hidden if you choose a profile.',
  nothingHiddenMeaning: 'There is no veil: your profile may tell any of these.',
  notOffered:
    'This service does not offer this combination. It does not ignore your choice: it hides more than you asked, answers without a profile, or refuses.',
  notAudited:
    'Nobody has measured what can still be told with this combination. Do not rely on it being hidden.',
  noFigure: 'The audit has no valid figure for this combination. Do not rely on it being hidden.',
  stillTold: 'An attacker can still tell {attribute} better than by guessing.',
  stillToldOfSeveral: 'An attacker can still tell at least one of these better than by guessing.',
  undecided:
    'The audit could not decide whether an attacker can still tell {attribute} better than by guessing.',
  undecidedOfSeveral:
    'The audit could not decide whether an attacker can still tell any of these better than by guessing.',
  atChance: 'The audit found no attacker who can tell {attribute} noticeably better than by guessing.',
  atChanceOfSeveral:
    'The audit found no attacker who can tell any of these noticeably better than by guessing.',
  cases:
    'Of two people who differ in it, the best attacker told which is which in {of100} of 100 cases ({from} to {to}); guessing is right in 50.',
  casesOfSeveral:
    'Of two people who differ in the one told best, the best attacker told which is which in {of100} of 100 cases ({from} to {to}); guessing is right in 50.',
  figure: 'Measured by attack: AUC {auc} [{lower}, {upper}], a 95 % interval.',
  quickAudit: 'Only a quick audit was made; a full one may find more.',
  lessAccurate: 'On average lists fit {percent} worse than without a veil ({from} to {to}).',
  moreAccurate: 'On average lists fit {percent} better than without a veil ({from} to {to}).',
  promiseHeading: 'What hiding promises, and what it does not',
  promises: [
    'Hiding makes what the recommender works with tell as little of the attribute as it can. That is measured by attack, and not certain.',
    'Your choices are still used. Somebody who sees them, or your list, may still guess.',
    'It does not make you anonymous, and it does not promise a list as good as before.',
    'Only “Not profiled” uses nothing about you.',
  ],
  parameters: 'What these recommendations are made of (main parameters)',
  attributes: {},
}

const languages: Readonly<Record<string, ControlTexts>> = { en: englishTexts, de: germanTexts }

/** The texts with the language they are in, which may not be the one asked for. */
export interface TextsInLanguage {
  readonly language: string
  readonly texts: ControlTexts
}

/**
 * The built-in texts of a language, such as `de-AT`, with the page's own in their place; English where there are none.
 *
 * The language returned is that of the texts: the one asked for where the page brings texts of its own, because then they
 * are in the language of the page.
 */
export function textsFor(language: string, own: Partial<ControlTexts>): TextsInLanguage {
  const [primary = ''] = language.toLowerCase().split('-')
  const known = Object.hasOwn(languages, primary) ? languages[primary] : undefined
  const isOurs = known === undefined && Object.keys(own).every((key) => key === 'attributes')
  return {
    language: isOurs || !isLanguage(language) ? 'en' : language,
    texts: { ...(known ?? englishTexts), ...own },
  }
}

/**
 * A text with every `{name}` replaced; a name without a value stays as it is.
 *
 * @example
 * fill('with {attributes} hidden', { attributes: 'age' }) // 'with age hidden'
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  )
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
