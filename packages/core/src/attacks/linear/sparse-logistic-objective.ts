import type { Objective } from './lbfgs.js'

/** Rows in which all entries that are not 0 are equal, such as sets of items. */
export interface SparseRows {
  /** `[n + 1]`; the columns of row i are `columns[offsets[i] .. offsets[i + 1])`; one that repeats adds up. */
  readonly offsets: Int32Array
  /** Values in `0..numColumns - 1`. */
  readonly columns: Int32Array
  readonly numColumns: number
  /** `[n]`, the value of every entry of a row. */
  readonly values: Float64Array
}

/** Sparse rows with labels. */
export interface SparseLogisticProblem {
  readonly rows: SparseRows
  /** `[n]`, `0..number of classes - 1`, every class present. */
  readonly y: Int32Array
  /** 1 for two classes (class 0 is the reference with logit 0), else the number of classes. */
  readonly numLogits: number
  /** `[numColumns]`, what is subtracted from every column. */
  readonly means: Float64Array
}

/**
 * `logisticObjective` on sparse rows: mean negative log-likelihood plus `(l2 / 2) ||W||^2`, with its gradient.
 *
 * Parameters are `[numColumns + 1, numLogits]` row-major, the intercepts, unpenalised, last. The logits are
 * `b + W (x - means)`: only the intercepts change their meaning, but frequent columns no longer pull at them, which the
 * solver would take many steps to undo. The rows stay sparse, as the means enter once per evaluation.
 */
export function sparseLogisticObjective(problem: SparseLogisticProblem, l2: number): Objective {
  const { rows, y, numLogits, means } = problem
  const { offsets, columns, values, numColumns } = rows
  const n = y.length
  const reference = numLogits === 1 ? 1 : 0
  const intercepts = numColumns * numLogits
  const shifted = new Float64Array(numLogits)
  const logits = new Float64Array(numLogits)
  const residuals = new Float64Array(numLogits)
  const residualSums = new Float64Array(numLogits)
  return (parameters, gradient) => {
    gradient.fill(0)
    residualSums.fill(0)
    for (let k = 0; k < numLogits; k++) shifted[k] = parameters[intercepts + k]!
    let penalty = 0
    for (let c = 0, at = 0; c < numColumns; c++) {
      for (let k = 0; k < numLogits; k++, at++) {
        const weight = parameters[at]!
        shifted[k]! -= means[c]! * weight
        penalty += weight * weight
      }
    }
    let loss = 0
    for (let i = 0; i < n; i++) {
      const end = offsets[i + 1]!
      const value = values[i]!
      logits.fill(0)
      let entry = offsets[i]!
      // Four entries at a time, because each visit of the logits costs as much as an entry.
      for (; entry + 3 < end; entry += 4) {
        const a = columns[entry]! * numLogits
        const b = columns[entry + 1]! * numLogits
        const c = columns[entry + 2]! * numLogits
        const d = columns[entry + 3]! * numLogits
        for (let k = 0; k < numLogits; k++) {
          logits[k]! += parameters[a + k]! + parameters[b + k]! + (parameters[c + k]! + parameters[d + k]!)
        }
      }
      for (; entry < end; entry++) {
        const at = columns[entry]! * numLogits
        for (let k = 0; k < numLogits; k++) logits[k]! += parameters[at + k]!
      }
      let peak = reference === 1 ? 0 : Number.NEGATIVE_INFINITY
      for (let k = 0; k < numLogits; k++) {
        const logit = shifted[k]! + value * logits[k]!
        logits[k] = logit
        if (logit > peak) peak = logit
      }
      let total = reference === 1 ? Math.exp(-peak) : 0
      for (let k = 0; k < numLogits; k++) total += Math.exp(logits[k]! - peak)
      const label = y[i]! - reference
      loss += peak + Math.log(total) - (label >= 0 ? logits[label]! : 0)
      for (let k = 0; k < numLogits; k++) {
        const residual = (Math.exp(logits[k]! - peak) / total - (k === label ? 1 : 0)) / n
        residualSums[k]! += residual
        residuals[k] = residual * value
      }
      entry = offsets[i]!
      for (; entry + 3 < end; entry += 4) {
        const a = columns[entry]! * numLogits
        const b = columns[entry + 1]! * numLogits
        const c = columns[entry + 2]! * numLogits
        const d = columns[entry + 3]! * numLogits
        for (let k = 0; k < numLogits; k++) {
          const residual = residuals[k]!
          gradient[a + k]! += residual
          gradient[b + k]! += residual
          gradient[c + k]! += residual
          gradient[d + k]! += residual
        }
      }
      for (; entry < end; entry++) {
        const at = columns[entry]! * numLogits
        for (let k = 0; k < numLogits; k++) gradient[at + k]! += residuals[k]!
      }
    }
    for (let c = 0, at = 0; c < numColumns; c++) {
      for (let k = 0; k < numLogits; k++, at++) {
        gradient[at]! += l2 * parameters[at]! - means[c]! * residualSums[k]!
      }
    }
    for (let k = 0; k < numLogits; k++) gradient[intercepts + k] = residualSums[k]!
    return loss / n + (l2 / 2) * penalty
  }
}
