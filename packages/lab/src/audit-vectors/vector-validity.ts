import type { ValidityCheck, VectorAttack, VectorAuditResult } from './vector-audit-result.js'

/** An AUC on shuffled labels this near to one half is chance however many test users there are. */
const shuffledTolerance = 0.03

/**
 * The controls of an audit of vectors (evaluation.md rule 9): whether the measurement itself can be trusted.
 *
 * Shuffled labels must give an AUC within 0.03, or within three standard errors under chance, of one half for every attribute; a
 * planted signal must be found for every attribute.
 */
export function vectorValidity({
  attributes,
  defenceUsers,
  groups,
  vectors,
  users,
}: Pick<
  VectorAuditResult,
  'attributes' | 'defenceUsers' | 'groups' | 'vectors' | 'users'
>): readonly ValidityCheck[] {
  const attacks = Object.values(attributes)
  const measured = attacks.filter(({ state }) => state !== 'undefined')
  const shuffled = measured.filter(({ shuffledLabelAuc }) => shuffledLabelAuc !== null)
  const planted = measured.filter(({ plantedSignalAuc }) => plantedSignalAuc !== null)
  const undefinedOnes = attacks.filter(({ state }) => state === 'undefined')
  return [
    {
      name: 'shuffled-labels',
      passed: shuffled.length === 0 ? null : shuffled.every((attack) => isChance(attack)),
      detail: `AUC of the attacker trained on shuffled labels, about 0.5: ${listed(shuffled, 'shuffledLabelAuc')}`,
    },
    {
      name: 'planted-signal',
      passed: measured.length === 0 ? null : measured.every(({ state }) => state !== 'dead'),
      detail: `AUC on a signal of 0.75 planted into the vectors, at least 0.70: ${listed(planted, 'plantedSignalAuc')}`,
    },
    {
      name: 'user-split',
      // By construction each user is in one group; what can go wrong is that the producer's list is not complete.
      passed: defenceUsers === null ? null : true,
      detail:
        defenceUsers === null
          ? 'no attacker trained on a user it was tested on; whether a defence did is not known'
          : `no attacker trained on a user it was tested on, and none of the ${groups.attackTest} test users is a defence user`,
    },
    {
      name: 'classes',
      passed: undefinedOnes.length === 0,
      detail:
        undefinedOnes.length === 0
          ? 'training, validation and test users hold at least two classes of every attribute'
          : `too few classes to attack: ${undefinedOnes.map(({ attribute }) => attribute).join(', ')}`,
    },
    {
      name: 'vectors',
      passed: vectors.constantColumns < vectors.dimension,
      detail: `${users.audited} vectors of ${vectors.dimension} numbers, all finite, ${vectors.constantColumns} columns constant`,
    },
    {
      name: 'data-controls',
      passed: null,
      detail:
        'base vectors, item histogram, negatives and ties: they need the interactions, which vectors alone do not hold',
    },
  ]
}

function listed(attacks: readonly VectorAttack[], figure: 'shuffledLabelAuc' | 'plantedSignalAuc'): string {
  return attacks.map((attack) => `${attack.attribute} ${attack[figure]!.toFixed(3)}`).join(', ') || 'none'
}

function isChance({ shuffledLabelAuc, testUsersByClass, testUsers }: VectorAttack): boolean {
  const present = testUsersByClass.filter((users) => users > 0)
  // Variance of the Mann-Whitney statistic without ties, one class against the rest, at its mean over the classes.
  const deviations = present.map((own) => Math.sqrt((testUsers + 1) / (12 * own * (testUsers - own))))
  const standardError = deviations.reduce((sum, deviation) => sum + deviation, 0) / present.length
  return Math.abs(shuffledLabelAuc! - 0.5) <= Math.max(shuffledTolerance, 3 * standardError)
}
