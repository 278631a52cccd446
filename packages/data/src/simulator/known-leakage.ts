import { macroRocAuc, type Rng } from '@veilrec/core'
import { affinityEvidence, directionEvidence } from './evidence.js'
import type { SimulatorOptions } from './options.js'
import { clusterShifts, simulatedAttributes } from './preference.js'
import { simulate } from './simulate.js'

/** How much the simulated histories tell of an attribute; AUCs are macro one-vs-rest over all users, 0.5 is chance. */
export interface KnownLeakage {
  readonly attribute: string
  /**
   * What nobody can beat, up to the sampling of users: the attacker who sees the causes themselves. Null where fewer than two
   * classes occur.
   */
  readonly ceiling: number | null
  /** What an attacker who knows the model, but sees the interactions only, reaches at least. */
  readonly reached: number | null
}

/**
 * Known ground truth of simulated data: between which bounds the best attacker lies.
 *
 * Attributes act on a history only through the user's affinities (their differences, as a softmax takes them; in the XOR form
 * those within a half) or directions, so by the data processing inequality no attacker on the history is better than the
 * Bayes attacker on these (Cover and Thomas 2006, theorem 2.8.1; Neyman and Pearson's lemma for the AUC). That is `ceiling`:
 * the posterior of each class over all classes and hidden digits `h`,
 *
 * `log p(f | h) = -1/2 sum_halves sum_k w_k (f_k - s shift_k(h) - mean)^2 + const` with `w = 1` and the `w`-weighted mean over
 * the half, `log p(d | h) = sum_k log((1 +- s shift_k(h)) / 2)` over clusters with at least three of the user's items.
 *
 * `reached` puts estimates from the history in their place. Affinity: `log(n_k + 1/2)` for `n_k` items of cluster `k` that are
 * no successor of the item before, with `w_k = 1 / (1 + 1 / (n_k + 1/2))` for its variance (the delta method). Direction: the
 * likelihood ratio of all neighbours `i, j` among the items of a cluster, `p_i p(j | i) / (p_j p(i | j))`, with
 * `p(j | i) = orderShare p(j is the successor of i) + (1 - orderShare) p_j`. Both leave out that no item comes twice, so an
 * attacker may beat `reached`, but never `ceiling`.
 *
 * @param rng the stream of the {@link simulate} in question; not advanced. That of a stored data set is
 *   `Rng.fromSeed(seed).split('source')`, before its filters
 * @returns one entry per attribute
 */
export function knownLeakage(options: SimulatorOptions, rng: Rng): KnownLeakage[] {
  const { form, numUsers } = options
  const hypotheses = allHypotheses(options)
  const table = (): Float64Array[] =>
    simulatedAttributes.map(({ classes }) => new Float64Array(numUsers * classes.length))
  const ceiling = table()
  const reached = table()
  let user = 0
  const { data } = simulate(options, rng, (truth, catalogue) => {
    const evidence = form === 'order' ? directionEvidence : affinityEvidence
    const { known, estimated } = evidence(truth, catalogue, options)
    addPosterior(ceiling, user, hypotheses, known)
    addPosterior(reached, user, hypotheses, estimated)
    user++
  })
  return data.attributes.map(({ name, classes, codes }, a) => ({
    attribute: name,
    ceiling: macroRocAuc(ceiling[a]!, codes, classes.length).auc.value,
    reached: macroRocAuc(reached[a]!, codes, classes.length).auc.value,
  }))
}

/** A guess at the classes, and in the XOR form at the hidden digits, of a user. */
interface Hypothesis {
  readonly classes: readonly number[]
  readonly prior: number
  /** `[numClusters]`, `s shift_k` */
  readonly shifts: Float64Array
}

function allHypotheses(options: SimulatorOptions): Hypothesis[] {
  const digits = simulatedAttributes.reduce<number[][]>(
    (tuples, { classes }) => tuples.flatMap((tuple) => classes.map((_, code) => [...tuple, code])),
    [[]],
  )
  const hiddenDigits = options.form === 'xor' ? digits : digits.slice(0, 1)
  return digits.flatMap((classes) => {
    const prior = classes.reduce((product, code, a) => product * simulatedAttributes[a]!.shares[code]!, 1)
    return hiddenDigits.map((hidden) => {
      const shifts = clusterShifts(options, classes, hidden).map((shift) => options.strength * shift)
      return { classes, prior, shifts }
    })
  })
}

/** Adds the posterior of each hypothesis to the probability of its class, in every attribute's row of the user. */
function addPosterior(
  probabilities: readonly Float64Array[],
  user: number,
  hypotheses: readonly Hypothesis[],
  logLikelihood: (shifts: Float64Array) => number,
): void {
  const scores = hypotheses.map(({ shifts }) => logLikelihood(shifts))
  const highest = Math.max(...scores)
  const weights = scores.map((score, h) => hypotheses[h]!.prior * Math.exp(score - highest))
  const total = weights.reduce((a, b) => a + b, 0)
  hypotheses.forEach(({ classes }, h) => {
    simulatedAttributes.forEach(({ classes: { length } }, a) => {
      probabilities[a]![user * length + classes[a]!]! += weights[h]! / total
    })
  })
}
