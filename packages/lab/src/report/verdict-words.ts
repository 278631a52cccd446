import type { LeakVerdict } from '../audit-vectors/vector-audit-result.js'

/** What a verdict is called. */
export const verdictWords: Readonly<Record<LeakVerdict, string>> = {
  'can-be-told': 'can be told',
  undecided: 'undecided',
  'at-chance': 'at chance',
  'not-measured': 'an attack has no figure',
}
