import { meetsBar, normalProbability, normalQuantile, type Interval } from '@veilrec/core'

/** What there is to say of a claim; why, where it was not run. */
export type Verdict = 'holds' | 'does not hold' | 'undecided' | 'attacker too weak' | `not run: ${string}`

/** A figure with its interval, or why there is none. */
export type Tested =
  | {
      readonly value: number
      /** 95 %. */
      readonly interval: Interval
      /** Of a paired difference; see `pairedBootstrap`. */
      readonly effectSize?: number | null
    }
  | { readonly notRun: string }

/**
 * Whether a leak is at most a bar, as evaluation.md rule 8 has it: `holds` where the estimate is below the bar and the upper bound below
 * bar + 0.02.
 */
export function atMost(tested: Tested, bar: number): Verdict {
  if ('notRun' in tested) return `not run: ${tested.notRun}`
  return ({ met: 'holds', missed: 'does not hold', undecided: 'undecided' } as const)[
    meetsBar(tested.value, tested.interval, bar)
  ]
}

/** How far the lower bound may lie below a bar that a figure of accuracy reaches, as rule 8 has it above for a leak. */
const barTolerance = 0.02

/**
 * Whether a figure of accuracy is at least a bar: `holds` where the estimate is and the lower bound is above bar - 0.02; `does not
 * hold` where even the upper bound is below the bar.
 */
export function atLeast(tested: Tested, bar: number): Verdict {
  if ('notRun' in tested) return `not run: ${tested.notRun}`
  if (tested.value >= bar && tested.interval.lower > bar - barTolerance) return 'holds'
  return tested.interval.upper < bar ? 'does not hold' : 'undecided'
}

/** Whether a difference lies beyond a margin: `holds` where the whole interval does, `does not hold` where none of it does. */
export function beyond(tested: Tested, margin: number): Verdict {
  if ('notRun' in tested) return `not run: ${tested.notRun}`
  if (tested.interval.lower > margin) return 'holds'
  return tested.interval.upper < margin ? 'does not hold' : 'undecided'
}

/** Below this a claim is refuted: what lies outside of a 95 % interval. */
export const level = 0.05

/**
 * How surely a figure refutes that it is at least a bar: a two-sided p-value that is below {@link level} exactly where the whole
 * interval lies below the bar. The half of the interval on that side is taken as that of a normal distribution, as percentile
 * intervals of different figures have nothing else in common.
 *
 * @returns 1 where the figure is no worse than the bar, and 0 where it is worse and does not vary; null where there is none.
 */
export function refutationOf(tested: Tested, bar: number): number | null {
  if ('notRun' in tested) return null
  const [missing, half] = [bar - tested.value, tested.interval.upper - tested.value]
  if (missing <= 0) return 1
  return half <= 0 ? 0 : 2 * normalProbability((-missing / half) * normalQuantile(1 - level / 2))
}

/** The same figure the other way round, so that less is more. */
export function negated(tested: Tested): Tested {
  if ('notRun' in tested) return tested
  const { value, interval, effectSize = null } = tested
  return {
    value: -value,
    interval: { lower: -interval.upper, upper: -interval.lower },
    effectSize: effectSize === null ? null : -effectSize,
  }
}

/**
 * The verdict on something that rests on an attack: where the attacker does not find on the bare base what the paper's found, a
 * low AUC says nothing. What even a weak attacker tells refutes all the same.
 */
export function unlessWeak(verdict: Verdict, attacker: AttackerStrength): Verdict {
  if (verdict === 'does not hold' || verdict.startsWith('not run') || attacker === 'strong enough')
    return verdict
  return attacker === 'too weak' ? 'attacker too weak' : `not run: ${attacker.unknown}`
}

/** Whether an attacker reaches, on the base without a veil, what the paper's did, less {@link attackerTolerance}. */
export type AttackerStrength = 'strong enough' | 'too weak' | { readonly unknown: string }

/** How far below the paper's figure the attacker may stay on the bare base. */
const attackerTolerance = 0.03

/** The strength of an attacker by its figure on the bare base and the paper's. */
export function attackerStrength(ours: number | null, published: number | undefined): AttackerStrength {
  if (published === undefined)
    return { unknown: 'there is no figure of the paper to measure the attacker by' }
  if (ours === null) return { unknown: 'the attacker was not tried on the base without a veil' }
  return ours >= published - attackerTolerance ? 'strong enough' : 'too weak'
}

/**
 * The verdict on a claim that says several things at once: it does not hold as soon as one of them does not, and holds where all do.
 * The first has many chances to come by luck, so that refutations are to be corrected before; the second asks every test to succeed
 * and needs no correction (an intersection-union test, Berger 1982).
 * In between, what was not run comes before a weak attacker, and that before what the users are too few to say.
 *
 * @throws never; a claim without tests is `not run`.
 */
export function allOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'not run: nothing is tested'
  const notRun = verdicts.find((verdict) => verdict.startsWith('not run'))
  if (verdicts.includes('does not hold')) return 'does not hold'
  if (notRun !== undefined) return notRun
  if (verdicts.includes('attacker too weak')) return 'attacker too weak'
  return verdicts.includes('undecided') ? 'undecided' : 'holds'
}
