import { VeilrecError } from '../errors/veilrec-error.js'
import { defined, undefinedBecause, type Measure } from './measure.js'

/**
 * Area under the ROC curve of a binary score, exact, in O(n log n).
 *
 * `AUC = (sum of ranks of positives - n+ (n+ + 1) / 2) / (n+ n-)` with average ranks on ties (the
 * Mann-Whitney statistic; protocols.md section 12). Never folded: a score that points the wrong way is below 0.5.
 *
 * @param scores `[n]`, larger means more likely positive; infinities are allowed.
 * @param positive `[n]`, non-zero for the positive class.
 * @returns a value in `[0, 1]`, exactly 0.5 for constant scores; null when a class is absent or `n` is 0.
 * @throws VeilrecError `NOT_FINITE` on a NaN score, `INVALID_ARGUMENT` on unequal lengths.
 */
export function rocAuc(scores: Float32Array | Float64Array, positive: Uint8Array): Measure {
  if (scores.length !== positive.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `rocAuc needs one label per score, got ${scores.length} scores and ${positive.length} labels`,
      { scores: scores.length, labels: positive.length },
    )
  }
  const order = ascendingOrder(scores)
  const n = scores.length
  let positives = 0
  let rankSum = 0
  for (let start = 0; start < n;) {
    const score = scores[order[start]!]!
    let end = start
    let tiedPositives = 0
    while (end < n && scores[order[end]!] === score) {
      if (positive[order[end]!]) tiedPositives++
      end++
    }
    rankSum += (tiedPositives * (start + 1 + end)) / 2
    positives += tiedPositives
    start = end
  }
  const negatives = n - positives
  if (positives === 0) return undefinedBecause('no user of the positive class')
  if (negatives === 0) return undefinedBecause('no user outside the positive class')
  return defined((rankSum - (positives * (positives + 1)) / 2) / (positives * negatives))
}

/**
 * Indices that sort scores ascending.
 *
 * @throws VeilrecError `NOT_FINITE` on NaN, which has no place in an order.
 */
export function ascendingOrder(scores: Float32Array | Float64Array): Uint32Array {
  const order = new Uint32Array(scores.length)
  for (let i = 0; i < order.length; i++) {
    if (Number.isNaN(scores[i])) {
      throw new VeilrecError('NOT_FINITE', `score ${i} is NaN, so no order exists`, { index: i })
    }
    order[i] = i
  }
  return order.sort((a, b) => compare(scores[a]!, scores[b]!))
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
