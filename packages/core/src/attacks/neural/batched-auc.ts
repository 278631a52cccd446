import { VeilrecError } from '../../errors/veilrec-error.js'

/**
 * Macro one-vs-rest ROC-AUC of many predictions for the same labels, equal to `macroRocAuc` and several times faster:
 * scores are sorted as plain numbers, and each positive finds its mid-rank by bisection. Early stopping asks for it
 * after every epoch.
 */
export class RepeatedAuc {
  readonly #labels: Int32Array
  readonly #numClasses: number
  readonly #rowsByClass: readonly Int32Array[]
  readonly #sorted: Float64Array

  /** @param labels `[n]`, in `0..numClasses - 1`, of at least two classes. */
  constructor(labels: Int32Array, numClasses: number) {
    this.#labels = labels
    this.#numClasses = numClasses
    this.#sorted = new Float64Array(labels.length)
    this.#rowsByClass = Array.from({ length: numClasses }, (_, c) =>
      Int32Array.from(labels.keys()).filter((row) => labels[row] === c),
    )
  }

  /**
   * The AUC of `[n, numClasses]` probabilities; classes that are absent are skipped.
   *
   * @throws VeilrecError `NOT_FINITE` on a NaN.
   */
  of(probabilities: Float64Array): number {
    const numClasses = this.#numClasses
    const classes = numClasses === 2 ? [1] : Array.from({ length: numClasses }, (_, c) => c)
    const scored = classes.map((c) => this.#oneAgainstRest(probabilities, c)).filter((auc) => auc !== null)
    return scored.reduce((total, auc) => total + auc, 0) / scored.length
  }

  #oneAgainstRest(probabilities: Float64Array, c: number): number | null {
    const numClasses = this.#numClasses
    const n = this.#labels.length
    const rows = this.#rowsByClass[c]!
    if (rows.length === 0 || rows.length === n) return null
    const sorted = this.#sorted
    for (let i = 0; i < n; i++) sorted[i] = probabilities[i * numClasses + c]!
    sorted.sort()
    // NaN sorts to the end.
    if (Number.isNaN(sorted[n - 1]))
      throw new VeilrecError('NOT_FINITE', `a probability of class ${c} is NaN`, { c })
    let rankSum = 0
    for (const row of rows) {
      const score = probabilities[row * numClasses + c]!
      rankSum += (countBelow(sorted, score, false) + countBelow(sorted, score, true) + 1) / 2
    }
    const positives = rows.length
    return (rankSum - (positives * (positives + 1)) / 2) / (positives * (n - positives))
  }
}

/** How many values of an ascending array are smaller than `limit`, or also equal to it. */
function countBelow(sorted: Float64Array, limit: number, orEqual: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const value = sorted[middle]!
    if (value < limit || (orEqual && value === limit)) low = middle + 1
    else high = middle
  }
  return low
}
