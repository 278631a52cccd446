import type { NamedAttack } from '../attack-checks.js'
import type { AuditResult } from './audit-result.js'

/** What {@link notAttacked} and {@link threatsToValidity} speak about. */
export interface AuditScope extends Pick<
  AuditResult,
  'isQuick' | 'seed' | 'trainingSeed' | 'attackSeeds' | 'attackers' | 'listLength' | 'veils' | 'controls'
> {
  /** All attacks of the audit, controls included. */
  readonly attacks: readonly NamedAttack[]
  /** Attributes of the data set that were left out on request. */
  readonly skippedAttributes: readonly string[]
  /** Veils of the run that were left out on request. */
  readonly skippedVeils: readonly string[]
  /** Attributes that were attacked. */
  readonly attributes: readonly string[]
  readonly numUsers: number
  readonly tiedUsers: number
  /** Whether items that a user had are no candidates. */
  readonly masksHistory: boolean
}

/** What no attacker of an audit looked at: these may leak whatever the table says. */
export function notAttacked(scope: AuditScope): string[] {
  const { isQuick, listLength, skippedAttributes, skippedVeils, veils } = scope
  return [
    `scores and items beyond the first ${listLength}, item vectors, and the parameters of the recommender`,
    'attributes in combination, and attributes that the data set does not hold',
    ...(veils.length === 0
      ? []
      : ['the same user under several requirements compared, or watched over time behind one']),
    ...skippedAttributes.map((name) => `the attribute ${name}, left out on request`),
    ...skippedVeils.map((id) => `the veil ${id}, left out on request`),
    ...(isQuick ? leftOutOfQuick(scope) : []),
  ]
}

function leftOutOfQuick({ veils, attributes, controls }: AuditScope): string[] {
  const counted = controls.itemHistogram.map(({ attribute }) => attribute)
  const uncounted = attributes.filter((name) => !counted.includes(name))
  return [
    'left out of the quick audit: the larger MLP, kNN and trees, and four of the five seeds',
    ...(veils.length === 0
      ? []
      : ['left out of the quick audit: the unmasked lists behind a veil, and what it does not hide']),
    'left out of the quick audit: the lists as served, and their floor',
    ...(uncounted.length === 0
      ? []
      : [`left out of the quick audit: ${uncounted.join(', ')} from the raw item histogram`]),
    'left out of the quick audit, though no attack: the permutation null, interaction fairness, and four in five resamples behind the intervals of accuracy and gaps',
  ]
}

/** The reasons for which the figures of an audit may mislead (evaluation.md rule 14). */
export function threatsToValidity(scope: AuditScope): string[] {
  const { isQuick, attackers, attackSeeds, seed, trainingSeed, numUsers, tiedUsers, attacks } = scope
  return [
    `protocol: leave-one-out, full ranking${scope.masksHistory ? '' : '; items repeat, so nothing is masked and a list as served is the unmasked one'}; ` +
      'training data holds interactions newer than some test targets',
    `seeds: one training of the recommender (seed ${trainingSeed}), where a headline needs five; its variance is in no interval`,
    attackSeeds === 1
      ? `seeds: one training of each attacker (seed ${seed}), where a headline needs five`
      : `seeds: ${attackSeeds} trainings of each random attacker from seed ${seed}, one split of the users`,
    `attackers: ${[...attackers.vectors, ...attackers.lists].join(', ')}; another may find more`,
    'the higher test AUC of two trainings counts, a little too high at chance, to the disadvantage of the veil',
    isQuick
      ? `${attacks.length} attacks stand side by side; no correction for their number was made`
      : `${attacks.length} attacks stand side by side; only the worst one is compared with what so many give by accident`,
    ...(tiedUsers === 0
      ? []
      : [
          `the last item of ${tiedUsers} of ${numUsers} users shares its timestamp with the one before: its order is a guess`,
        ]),
    ...attacks.flatMap(({ name, attack: { state, reason } }) =>
      state === 'dead' || state === 'undefined' ? [`${name}: ${reason}, so no figure is given`] : [],
    ),
  ]
}
