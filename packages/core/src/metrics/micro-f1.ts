import { labelledRows } from './macro-roc-auc.js'
import { defined, undefinedBecause, type Measure } from './measure.js'

/**
 * Micro-averaged F1 of single-label predictions, which is the accuracy (protocols.md section 6.2).
 *
 * @param predicted `[n]`, predicted class index.
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @returns a value in `[0, 1]`; null when no row has a label.
 */
export function microF1(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): Measure {
  const { rows } = labelledRows(labels, numClasses)
  if (rows.length === 0) return undefinedBecause('no user with a label')
  let hits = 0
  for (const row of rows) if (predicted[row] === labels[row]) hits++
  return defined(hits / rows.length)
}

/**
 * The line micro-F1 is read against: the accuracy of always naming the most frequent class of these labels.
 *
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @returns a value in `[1 / numClasses, 1]`; null when no row has a label.
 */
export function majorityShare(labels: ArrayLike<number>, numClasses: number): Measure {
  const { rows, sizes } = labelledRows(labels, numClasses)
  if (rows.length === 0) return undefinedBecause('no user with a label')
  return defined(Math.max(...sizes) / rows.length)
}
