import { labelledRows } from './macro-roc-auc.js'
import { defined, undefinedBecause, type Measure } from './measure.js'

/**
 * Balanced accuracy: the mean over classes of the share of a class's users that are recognised.
 *
 * `(1 / |C|) sum_c TP_c / n_c` over the classes C that occur in the labels; for two classes `(TPR + TNR) / 2`, the
 * "AUC" of hard predictions that several papers print (protocols.md section 6.1). Chance is `1 / |C|`.
 *
 * @param predicted `[n]`, predicted class index.
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @returns a value in `[0, 1]`; null when no row has a label.
 */
export function balancedAccuracy(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): Measure {
  const { rows, sizes } = labelledRows(labels, numClasses)
  const hits = new Float64Array(numClasses)
  for (const row of rows) if (predicted[row] === labels[row]) hits[labels[row]!]!++
  let sum = 0
  let present = 0
  for (let c = 0; c < numClasses; c++) {
    if (sizes[c] === 0) continue
    sum += hits[c]! / sizes[c]!
    present++
  }
  return present > 0 ? defined(sum / present) : undefinedBecause('no user with a label')
}
