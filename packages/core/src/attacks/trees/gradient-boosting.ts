import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import type { Rng } from '../../random.js'
import type { BinnedRows } from './gradient-boosting-bins.js'
import type { TreeOptions } from './gradient-boosting-histogram.js'
import { addTree, growTree, treeWorkspace, type RegressionTree } from './gradient-boosting-tree.js'

/** Rows and their classes. */
export interface LabelledBins {
  readonly binned: BinnedRows
  /** `[numRows]`, in `0..numClasses - 1`. */
  readonly labels: Int32Array
}

/** How an ensemble is fitted. */
export interface GradientBoostingOptions extends TreeOptions {
  readonly numClasses: number
  /** Factor on every tree's values, above 0. */
  readonly learningRate: number
  /** Rounds at most; a round adds one tree, with more than two classes one per class. */
  readonly rounds: number
  /** Share of the rows that a round draws, in (0, 1]. */
  readonly rowShare: number
  /** Share of the features that a tree draws, in (0, 1]. */
  readonly featureShare: number
  /** Rows that say when to stop; left out: all rounds are kept. */
  readonly validation?: LabelledBins
  /** Stops after so many rounds without a better validation AUC. */
  readonly patience?: number
  /** Rounds between two looks at the validation AUC, default 5. */
  readonly roundsPerLook?: number
  /** Awaited with every look, to let waiting events in. */
  readonly breathe?: () => Promise<void>
}

/** Trees that add up to logits. */
export interface GradientBoosting {
  readonly numClasses: number
  /** The classes seen in training, ascending; all others have probability 0. */
  readonly fittedClasses: readonly number[]
  /** Logits without any tree: one for the second of two classes, else the logarithm of each class share. */
  readonly start: Float64Array
  readonly learningRate: number
  /** By round, then by logit. */
  readonly rounds: readonly (readonly RegressionTree[])[]
}

/**
 * Gradient-boosted trees with logistic loss, softmax for more than two classes (Friedman 2001, algorithms 5 and 6, with
 * second-order leaves as in Chen and Guestrin 2016).
 *
 * Every round grows on the derivatives `g = p - y`, `h = p (1 - p)` of the loss at the present logits, one tree per
 * logit, on a fresh draw of rows (Friedman 2002) and, per tree, of features. With two classes there is one logit. With
 * validation rows the rounds up to the best macro AUC are kept. With all rows and features the trees are those of
 * scikit-learn's HistGradientBoostingClassifier without a limit on leaves.
 *
 * One class alone gives no tree and probability 1; constant features never split.
 *
 * @param training at least one row.
 * @param rng not advanced.
 */
export async function fitGradientBoosting(
  training: LabelledBins,
  options: GradientBoostingOptions,
  rng: Rng,
): Promise<GradientBoosting> {
  const { numClasses, learningRate, validation, roundsPerLook = 5, patience = Infinity } = options
  const { binned, labels } = training
  const { numRows } = binned
  const fittedClasses = [...new Set(labels)].sort((a, b) => a - b)
  const position = new Map(fittedClasses.map((label, k) => [label, k]))
  const y = labels.map((label) => position.get(label)!)
  const shares = new Float64Array(fittedClasses.length)
  for (const k of y) shares[k]! += 1 / numRows
  const start =
    shares.length === 2
      ? Float64Array.of(Math.log(shares[1]! / shares[0]!))
      : shares.map((share) => Math.log(share))
  const rounds: RegressionTree[][] = []
  const model: GradientBoosting = { numClasses, fittedClasses, start, learningRate, rounds }
  if (fittedClasses.length < 2) return model

  const numLogits = start.length
  const dimension = binned.bins.length / numRows
  const drawRows = drawer(numRows, options.rowShare, rng.split('rows'))
  const drawFeatures = drawer(dimension, options.featureShare, rng.split('features'))
  const workspace = treeWorkspace(numRows, dimension, options.maxDepth)
  const logits = startLogits(start, numRows)
  const validationLogits = validation && startLogits(start, validation.binned.numRows)
  const probabilities = logits.map((logit) => new Float64Array(logit.length))
  const hessians = new Float64Array(numRows)
  let bestAuc = -1
  let bestRounds = 0
  for (let round = 1; round <= options.rounds; round++) {
    const rows = drawRows()
    softmax(logits, probabilities)
    const trees = logits.map((logit, k) => {
      const gradients = probabilities[k]!
      const target = numLogits === 1 ? 1 : k
      for (let row = 0; row < numRows; row++) {
        const p = gradients[row]!
        hessians[row] = p * (1 - p)
        gradients[row] = p - (y[row] === target ? 1 : 0)
      }
      const tree = growTree(
        { binned, features: drawFeatures(), rows, gradients, hessians },
        options,
        workspace,
      )
      addTree(tree, binned, learningRate, logit)
      if (validation) addTree(tree, validation.binned, learningRate, validationLogits![k]!)
      return tree
    })
    rounds.push(trees)
    if (round % roundsPerLook !== 0 && round !== options.rounds) continue
    await options.breathe?.()
    if (!validation) continue
    const guess = classProbabilities(model, validationLogits!)
    const auc = macroRocAuc(guess, validation.labels, numClasses).auc.value ?? 0
    if (auc > bestAuc) {
      bestAuc = auc
      bestRounds = round
    } else if (round - bestRounds >= patience) break
  }
  if (validation) rounds.length = bestRounds
  return model
}

/**
 * Class probabilities of a fitted ensemble.
 *
 * @param binned cut as in training.
 * @returns `[numRows, numClasses]` row-major; rows add up to 1.
 */
export function predictGradientBoosting(model: GradientBoosting, binned: BinnedRows): Float64Array {
  const logits = startLogits(model.start, binned.numRows)
  for (const trees of model.rounds) {
    for (const [k, tree] of trees.entries()) addTree(tree, binned, model.learningRate, logits[k]!)
  }
  return classProbabilities(model, logits)
}

function startLogits(start: Float64Array, numRows: number): Float64Array[] {
  return Array.from(start, (value) => new Float64Array(numRows).fill(value))
}

/** A single logit is the second class's against 0. */
function softmax(logits: readonly Float64Array[], out: readonly Float64Array[]): void {
  const numRows = logits[0]!.length
  if (logits.length === 1) {
    for (let row = 0; row < numRows; row++) out[0]![row] = 1 / (1 + Math.exp(-logits[0]![row]!))
    return
  }
  const peaks = new Float64Array(numRows).fill(Number.NEGATIVE_INFINITY)
  for (const logit of logits) {
    for (let row = 0; row < numRows; row++) peaks[row] = Math.max(peaks[row]!, logit[row]!)
  }
  const totals = new Float64Array(numRows)
  for (const [k, logit] of logits.entries()) {
    const column = out[k]!
    for (let row = 0; row < numRows; row++) {
      const value = Math.exp(logit[row]! - peaks[row]!)
      column[row] = value
      totals[row]! += value
    }
  }
  for (const column of out) {
    for (let row = 0; row < numRows; row++) column[row]! /= totals[row]!
  }
}

function classProbabilities(
  { numClasses, fittedClasses }: GradientBoosting,
  logits: readonly Float64Array[],
): Float64Array {
  const numRows = logits[0]!.length
  const result = new Float64Array(numRows * numClasses)
  const columns = logits.map(() => new Float64Array(numRows))
  softmax(logits, columns)
  if (fittedClasses.length === 1) columns[0]!.fill(1)
  if (fittedClasses.length === 2) columns.unshift(columns[0]!.map((p) => 1 - p))
  for (const [k, column] of columns.entries()) {
    for (let row = 0; row < numRows; row++) result[row * numClasses + fittedClasses[k]!] = column[row]!
  }
  return result
}

/** Draws a share of `0..size - 1` without replacement, at least one, in ascending order. */
function drawer(size: number, share: number, rng: Rng): () => Int32Array {
  const everything = Int32Array.from({ length: size }, (_, i) => i)
  const count = Math.max(1, Math.round(share * size))
  if (count === size) return () => everything
  return () => {
    // The first steps of a Fisher-Yates shuffle; where the last draw left the places does not matter.
    for (let i = 0; i < count; i++) {
      const j = i + rng.int(size - i)
      const kept = everything[i]!
      everything[i] = everything[j]!
      everything[j] = kept
    }
    return everything.slice(0, count).sort()
  }
}
