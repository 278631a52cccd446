import { basename } from 'node:path'

import type { LeftOut } from './match-users.js'
import type { VectorAttack, VectorAuditResult } from './vector-audit-result.js'

/** What is written about an audit of vectors. */
export type VectorAuditScope = Pick<
  VectorAuditResult,
  'attributes' | 'attackers' | 'defenceUsers' | 'groups' | 'isQuick' | 'seed' | 'users' | 'vectors'
> & {
  /** What reading the attributes had to say. */
  readonly readingNotes: readonly string[]
}

/** Below this many test users a class is left out of the mean over large classes (evaluation.md rule 8). */
const largeClassSize = 10

/** What to know of the files that were audited. */
export function vectorAuditNotes(scope: VectorAuditScope): string[] {
  const { users, vectors, defenceUsers, groups, readingNotes, attributes } = scope
  return [
    defenceUsers === null
      ? 'Which labels the defence of these vectors was made with is not known, if there was one: the attacker trained on everybody ' +
        'outside validation and test. A defence that was made with the labels of the test users looks better here than it is; ' +
        'an audit that is told whose labels it used finds out.'
      : `The attacker trained twice, on ${defenceUsers.audited} defence users and on ${groups.attackTrain} others; ` +
        'the worse case counts. Test and validation users are none of the defence users.',
    ...(users.audited === users.matched
      ? []
      : [
          `${users.audited} of ${users.matched} users were drawn by the seed; more would narrow the intervals little`,
        ]),
    ...leftOutNote(users.unlisted, `with a vector, but not in ${users.file}`),
    ...leftOutNote(users.withoutVector, `of ${users.file} without a vector`),
    ...(defenceUsers === null
      ? []
      : leftOutNote(defenceUsers.unknown, `of ${defenceUsers.file} who are not audited`)),
    ...(vectors.constantColumns === 0
      ? []
      : [
          `${vectors.constantColumns} of ${vectors.dimension} columns have one value for everybody and tell nothing`,
        ]),
    ...readingNotes,
    ...Object.values(attributes).flatMap((attack) => classNotes(attack)),
  ]
}

/** What no attacker looked at: it may leak whatever the table says. */
export function vectorsNotAttacked(scope: VectorAuditScope): string[] {
  return [
    'recommended lists, scores and item vectors: they may tell what the vectors do not',
    'attributes in combination, and attributes that were not named',
    ...(scope.isQuick ? ['the vectors by the larger MLP, kNN and trees (left out of the quick audit)'] : []),
  ]
}

/** The reasons for which the figures may mislead (evaluation.md rule 14). */
export function vectorThreats(scope: VectorAuditScope): string[] {
  const { attributes, attackers, isQuick, seed } = scope
  const attacks = Object.values(attributes)
  return [
    'protocol: one vector per user from one training of the recommender; another training may tell more or less',
    'nobody but the producer knows that these are the vectors that score items',
    isQuick
      ? `seeds: one training of each attacker (seed ${seed}), where a headline needs five`
      : `seeds: ${attacks[0]?.seeds ?? 0} trainings of each random attacker from seed ${seed}, one split of the users`,
    `attackers: ${attackers.join(', ')}; another may find more`,
    ...(attacks.length > 1
      ? [`${attacks.length} attributes were attacked side by side; no correction for their number was made`]
      : []),
    ...attacks.flatMap(({ attribute, state, reason }) =>
      state === 'dead' || state === 'undefined' ? [`${attribute}: ${reason}, so no figure is given`] : [],
    ),
  ]
}

function leftOutNote({ count, examples }: LeftOut, what: string): string[] {
  if (count === 0) return []
  return [`users left out, ${what}: ${count}, such as ${examples.map((id) => JSON.stringify(id)).join(', ')}`]
}

function classNotes({ attribute, classes, missing, auc, skippedClasses }: VectorAttack): string[] {
  const small = classes.filter(({ testUsers }) => testUsers < largeClassSize)
  return [
    ...(missing === 0 ? [] : [`${attribute}: ${missing} users have no value and were left out`]),
    ...(small.length === 0
      ? []
      : [
          `${attribute}: fewer than ${largeClassSize} test users in ${small
            .map(({ name, testUsers }) => `${name} (${testUsers})`)
            .join(', ')}; largeClassAuc leaves them out` +
            (auc === null || skippedClasses === 0 ? '' : `; ${skippedClasses} without any are in no figure`),
        ]),
  ]
}

/** Name of a file without folders: a path says something about a machine. */
export function fileName(path: string): string {
  return basename(path)
}
