import type { AttackSuiteResult } from '@veilrec/core'

/** An attack under the name by which a check speaks of it. */
export interface NamedAttack {
  readonly name: string
  readonly attack: AttackSuiteResult
}

/** One control of an audit, under its name. */
export interface AttackCheck<Name extends string> {
  readonly name: Name
  /** Null where it could not be made. */
  readonly passed: boolean | null
  readonly detail: string
}

/** An AUC on shuffled labels this near to one half is chance however many test users there are. */
const shuffledTolerance = 0.03

/** More attacks than this are described by their range. */
const mostListed = 4

/**
 * Attackers trained on shuffled labels must have an AUC within 0.03, or within three standard errors under chance, of one half
 * (evaluation.md rule 9).
 */
export function shuffledLabelsCheck(attacks: readonly NamedAttack[]): AttackCheck<'shuffled-labels'> {
  const shuffled = attacks.filter(({ attack }) => attack.shuffledLabelAuc !== null)
  const outside = shuffled.filter(({ attack }) => !isChance(attack))
  return {
    name: 'shuffled-labels',
    passed: shuffled.length === 0 ? null : outside.length === 0,
    detail:
      'AUC of the attacker trained on shuffled labels, about 0.5: ' +
      `${figures(shuffled, 'shuffledLabelAuc')}${exceptions(outside, 'shuffledLabelAuc')}`,
  }
}

/** Every attacker that vouches for a figure must find a planted signal (evaluation.md rule 9). */
export function plantedSignalCheck(attacks: readonly NamedAttack[]): AttackCheck<'planted-signal'> {
  const measured = attacks.filter(({ attack }) => attack.state !== 'undefined')
  const planted = measured.filter(({ attack }) => attack.plantedSignalAuc !== null)
  const dead = measured.filter(({ attack }) => attack.state === 'dead')
  return {
    name: 'planted-signal',
    passed: measured.length === 0 ? null : dead.length === 0,
    detail:
      'AUC on a signal of 0.75 planted into what the attacker sees, at least 0.70: ' +
      `${figures(planted, 'plantedSignalAuc')}${exceptions(dead, 'plantedSignalAuc')}`,
  }
}

/** There must be two classes to tell apart wherever an attacker is trained, tuned or tested. */
export function classesCheck(attacks: readonly NamedAttack[]): AttackCheck<'classes'> {
  const tooFew = new Set(
    attacks.filter(({ attack }) => attack.state === 'undefined').map(({ attack }) => attack.attribute),
  )
  return {
    name: 'classes',
    passed: tooFew.size === 0,
    detail:
      tooFew.size === 0
        ? 'training, validation and test users hold at least two classes of every attribute'
        : `too few classes to attack: ${[...tooFew].join(', ')}`,
  }
}

type Figure = 'shuffledLabelAuc' | 'plantedSignalAuc'

function figures(attacks: readonly NamedAttack[], figure: Figure): string {
  if (attacks.length <= mostListed) {
    return attacks.map((named) => described(named, figure)).join(', ') || 'none'
  }
  const values = attacks.map(({ attack }) => attack[figure]!)
  return `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)} in ${attacks.length} attacks`
}

function exceptions(attacks: readonly NamedAttack[], figure: Figure): string {
  if (attacks.length === 0) return ''
  return `; not so for ${attacks.map((named) => described(named, figure)).join(', ')}`
}

function described({ name, attack }: NamedAttack, figure: Figure): string {
  return `${name} ${attack[figure]?.toFixed(3) ?? 'without a figure'}`
}

function isChance({ shuffledLabelAuc, testUsersByClass, testUsers }: AttackSuiteResult): boolean {
  const present = testUsersByClass.filter((users) => users > 0)
  // Variance of the Mann-Whitney statistic without ties, one class against the rest, at its mean over the classes.
  const deviations = present.map((own) => Math.sqrt((testUsers + 1) / (12 * own * (testUsers - own))))
  const standardError = deviations.reduce((sum, deviation) => sum + deviation, 0) / present.length
  return Math.abs(shuffledLabelAuc! - 0.5) <= Math.max(shuffledTolerance, 3 * standardError)
}
