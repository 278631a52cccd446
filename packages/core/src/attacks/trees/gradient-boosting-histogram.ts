import type { BinnedRows } from './gradient-boosting-bins.js'

/** Bins of a feature, at most; each bin holds the sums of gradient and hessian and the number of rows. */
export const maxBins = 32
const binWidth = 3
const featureWidth = maxBins * binWidth

/** A sum of hessians below this makes no leaf: its value would be noise. */
const minLeafHessian = 1e-3

/** How a tree is grown. */
export interface TreeOptions {
  /** Splits on the way from the root to a leaf, at most. */
  readonly maxDepth: number
  /** Penalty on the squared value of a leaf, 0 or more. */
  readonly l2: number
  /** Fewest rows of a leaf, at least 1. */
  readonly minLeafRows: number
}

/** What a tree is grown on. */
export interface TreeData {
  readonly binned: BinnedRows
  /** The features that may split. */
  readonly features: Int32Array
  /** The rows to grow on. */
  readonly rows: Int32Array
  /** `[numRows]`, first and second derivative of the loss by the score. */
  readonly gradients: Float64Array
  readonly hessians: Float64Array
}

/** Memory that trees of one fit use again and again. */
export interface TreeWorkspace {
  readonly histograms: readonly Float64Array[]
  readonly order: Int32Array
  readonly spill: Int32Array
  readonly gradients: Float64Array
  readonly hessians: Float64Array
}

/** A cut of a node in two, with what falls into its first child. */
export interface Split {
  readonly feature: number
  /** Rows with at most this bin go to the first child. */
  readonly bin: number
  readonly gradient: number
  readonly hessian: number
}

/** Numbers in the histogram of a node. */
export function histogramSize(numFeatures: number): number {
  return numFeatures * featureWidth
}

/**
 * Fills a node's histogram: `[features, 32 bins, (gradient, hessian, rows)]`.
 *
 * @param workspace holds the rows and, in the same order, their gradients and hessians.
 */
export function addToHistogram(
  histogram: Float64Array,
  { binned, features }: TreeData,
  { order, gradients, hessians }: TreeWorkspace,
  from: number,
  to: number,
): void {
  const { bins, numRows } = binned
  histogram.fill(0, 0, histogramSize(features.length))
  for (let place = 0; place < features.length; place++) {
    const column = features[place]! * numRows
    const start = place * featureWidth
    for (let i = from; i < to; i++) {
      const at = start + bins[column + order[i]!]! * binWidth
      histogram[at]! += gradients[i]!
      histogram[at + 1]! += hessians[i]!
      histogram[at + 2]! += 1
    }
  }
}

/** The split of largest gain, see `growTree`; undefined when none has a gain. */
export function bestSplit(
  histogram: Float64Array,
  { features }: TreeData,
  sums: Pick<Split, 'gradient' | 'hessian'>,
  numRows: number,
  { l2, minLeafRows }: TreeOptions,
): Split | undefined {
  const { gradient: total, hessian: totalHessian } = sums
  if (numRows < 2 * minLeafRows) return undefined
  let best: Split | undefined
  // A gain must beat rounding.
  let bestScore = ((total * total) / (totalHessian + l2)) * (1 + 1e-12) + 1e-12
  for (let place = 0; place < features.length; place++) {
    let gradient = 0
    let hessian = 0
    let rows = 0
    for (let bin = 0; bin < maxBins - 1; bin++) {
      const at = place * featureWidth + bin * binWidth
      const rowsOfBin = histogram[at + 2]!
      // An empty bin cuts where the one before it did.
      if (rowsOfBin === 0) continue
      gradient += histogram[at]!
      hessian += histogram[at + 1]!
      rows += rowsOfBin
      if (rows < minLeafRows || hessian < minLeafHessian) continue
      const restHessian = totalHessian - hessian
      if (numRows - rows < minLeafRows || restHessian < minLeafHessian) break
      const rest = total - gradient
      const a = hessian + l2
      const b = restHessian + l2
      // One division instead of two.
      const score = (gradient * gradient * b + rest * rest * a) / (a * b)
      if (score > bestScore) {
        bestScore = score
        best = { feature: features[place]!, bin, gradient, hessian }
      }
    }
  }
  return best
}
