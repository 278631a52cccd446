import { numSuccessors, successorShares, type Catalogue } from './catalogue.js'
import type { SimulatorOptions } from './options.js'
import { firstHalf } from './preference.js'
import type { SimulatedUser } from './simulate.js'
import { stepsByCluster } from './turn-circles.js'

/** Log-likelihood of a hypothesis, given its `[numClusters]` shifts times strength; up to a constant, `-Infinity` if impossible. */
export type LogLikelihood = (shifts: Float64Array) => number

/** What speaks for a hypothesis about a user, see `knownLeakage`. */
export interface Evidence {
  /** From the causes themselves. */
  readonly known: LogLikelihood
  /** From the history, by somebody who knows the model. */
  readonly estimated: LogLikelihood
}

/** Evidence from affinities, in the linear and the XOR form. */
export function affinityEvidence(
  { cause, history }: SimulatedUser,
  { clusterOf, successors }: Catalogue,
  { form, numClusters }: SimulatorOptions,
): Evidence {
  const chosen = new Float64Array(numClusters).fill(0.5)
  history.forEach((item, step) => {
    if (step > 0 && successorShare(successors, history[step - 1]!, item) > 0) return
    chosen[clusterOf[item]!]!++
  })
  const border = form === 'xor' ? firstHalf(numClusters) : 0
  const fit =
    (affinities: Float64Array, weights: Float64Array): LogLikelihood =>
    (shifts) => {
      const residuals = affinities.map((affinity, k) => affinity - shifts[k]!)
      return -(
        (weightedSquares(residuals, weights, 0, border) +
          weightedSquares(residuals, weights, border, numClusters)) /
        2
      )
    }
  return {
    known: fit(cause.slice(), new Float64Array(numClusters).fill(1)),
    estimated: fit(
      chosen.map((count) => Math.log(count)),
      chosen.map((count) => 1 / (1 + 1 / count)),
    ),
  }
}

/** Evidence from directions, in the order form. */
export function directionEvidence(
  { cause, history }: SimulatedUser,
  { clusterOf, successors, popularity, cumulative }: Catalogue,
  { numClusters, orderShare }: SimulatorOptions,
): Evidence {
  // Likelihood of what is seen of a cluster, given that it is read forwards; backwards it is 1 minus that.
  const seen = new Float64Array(numClusters).fill(0.5)
  const guessed = new Float64Array(numClusters).fill(0.5)
  for (const [cluster, steps] of stepsByCluster(history, clusterOf)) {
    if (steps.length < 3) continue
    seen[cluster] = cause[cluster]!
    const total = cumulative[cluster]!.at(-1)!
    // Even at an order share of 1 others than successors follow, where the successor was had.
    const others = Math.max(1 - orderShare, 0.01)
    const joint = (from: number, to: number): number => {
      const share = orderShare * successorShare(successors, from, to)
      return (popularity[from]! / total) * (share + (others * popularity[to]!) / total)
    }
    let logRatio = 0
    for (let i = 1; i < steps.length; i++) {
      const from = history[steps[i - 1]!]!
      const to = history[steps[i]!]!
      logRatio += Math.log(joint(from, to)) - Math.log(joint(to, from))
    }
    guessed[cluster] = 1 / (1 + Math.exp(-logRatio))
  }
  const fit =
    (forwards: Float64Array): LogLikelihood =>
    (shifts) =>
      shifts.reduce((sum, shift, k) => {
        const forward = forwards[k]!
        return sum + Math.log(((1 + shift) * forward + (1 - shift) * (1 - forward)) / 2)
      }, 0)
  return { known: fit(seen), estimated: fit(guessed) }
}

/** Probability of `to`, given that a successor of `from` comes next. */
function successorShare(successors: Int32Array, from: number, to: number): number {
  let share = 0
  for (let s = 0; s < numSuccessors; s++) {
    if (successors[from * numSuccessors + s] === to) share += successorShares[s]!
  }
  return share
}

/** `sum_k w_k (r_k - mean)^2` over `start <= k < end`, with the weighted mean; 0 for none. */
function weightedSquares(values: Float64Array, weights: Float64Array, start: number, end: number): number {
  let total = 0
  let mean = 0
  for (let k = start; k < end; k++) {
    total += weights[k]!
    mean += weights[k]! * values[k]!
  }
  mean /= total
  let sum = 0
  for (let k = start; k < end; k++) sum += weights[k]! * (values[k]! - mean) ** 2
  return sum
}
