import { defined, undefinedBecause, type Measure } from './measure.js'
import { rocAuc } from './roc-auc.js'

/** What {@link macroRocAuc} measured. */
export interface MacroRocAuc {
  /** Mean of the defined one-vs-rest values, or null with the reason. */
  readonly auc: Measure
  /** `[numClasses]`, the one-vs-rest value of each class, null where it was skipped. */
  readonly perClass: readonly (number | null)[]
  /** How many classes were skipped: absent, the only one present, or smaller than `minimumClassSize`. */
  readonly skippedClasses: number
}

/**
 * Macro one-vs-rest ROC-AUC on class probabilities (evaluation.md rule 8).
 *
 * The unweighted mean over classes c of the AUC of `p(c)` for "c against the rest". With two classes both
 * one-vs-rest problems are one and the same, the usual binary AUC, and both are scored by `p(1)`.
 *
 * @param probabilities `[n, numClasses]`, row-major.
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @param minimumClassSize classes with fewer rows are skipped, but still count as "rest" (default 1).
 * @returns null for `auc` when no class can be scored, for instance on empty input.
 * @throws VeilrecError `NOT_FINITE` on a NaN probability.
 */
export function macroRocAuc(
  probabilities: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  numClasses: number,
  minimumClassSize = 1,
): MacroRocAuc {
  const { rows, sizes } = labelledRows(labels, numClasses)
  const scores = new Float64Array(rows.length)
  const positive = new Uint8Array(rows.length)
  const perClass: (number | null)[] = []
  let sum = 0
  let scored = 0
  for (let c = 0; c < numClasses; c++) {
    const column = numClasses === 2 ? 1 : c
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      scores[i] = probabilities[row * numClasses + column]!
      positive[i] = labels[row] === column ? 1 : 0
    }
    const { value } = sizes[c]! >= minimumClassSize ? rocAuc(scores, positive) : { value: null }
    perClass.push(value)
    if (value === null) continue
    sum += value
    scored++
  }
  const auc =
    scored > 0
      ? defined(sum / scored)
      : undefinedBecause(`none of the ${numClasses} classes can be told apart`)
  return { auc, perClass, skippedClasses: numClasses - scored }
}

/** The rows whose label is a class, ascending, and how many rows each class has. */
export function labelledRows(
  labels: ArrayLike<number>,
  numClasses: number,
): { rows: Uint32Array; sizes: Uint32Array } {
  const rows: number[] = []
  const sizes = new Uint32Array(numClasses)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (label < 0) continue
    rows.push(i)
    sizes[label]!++
  }
  return { rows: Uint32Array.from(rows), sizes }
}
