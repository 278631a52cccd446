import type { BinnedRows } from './gradient-boosting-bins.js'
import {
  addToHistogram,
  bestSplit,
  histogramSize,
  type Split,
  type TreeData,
  type TreeOptions,
  type TreeWorkspace,
} from './gradient-boosting-histogram.js'

/** A binary tree in heap order: the children of node i are 2 i + 1 and 2 i + 2. */
export interface RegressionTree {
  /** The feature that splits, or -1 in a leaf. */
  readonly feature: Int32Array
  /** Rows whose bin is at most this go to the first child. */
  readonly bin: Uint8Array
  /** The value of a leaf: the Newton step. */
  readonly value: Float64Array
}

/** Memory for trees on at most so many rows and features. */
export function treeWorkspace(numRows: number, numFeatures: number, maxDepth: number): TreeWorkspace {
  return {
    histograms: Array.from({ length: maxDepth }, () => new Float64Array(histogramSize(numFeatures))),
    order: new Int32Array(numRows),
    spill: new Int32Array(numRows),
    gradients: new Float64Array(numRows),
    hessians: new Float64Array(numRows),
  }
}

/**
 * Grows one regression tree on gradients and hessians, to a depth (Chen and Guestrin 2016, section 2.2; histograms as in
 * LightGBM, Ke et al. 2017, with the sibling's by subtraction).
 *
 * A leaf has the value `-G / (H + l2)` (eq. 5); a node is split where `G_L^2 / (H_L + l2) + G_R^2 / (H_R + l2) - G^2 / (H +
 * l2)` (twice eq. 7) is largest and above 0, ties going to the feature that comes first and then to the lower bin.
 * Leaves of fewer than `minLeafRows` rows or a sum of hessians below 0.001 are not made.
 *
 * @param workspace for at least as many rows, features and levels.
 */
export function growTree(data: TreeData, options: TreeOptions, workspace: TreeWorkspace): RegressionTree {
  const { maxDepth, l2 } = options
  const numNodes = 2 ** (maxDepth + 1) - 1
  const feature = new Int32Array(numNodes).fill(-1)
  const bin = new Uint8Array(numNodes)
  const value = new Float64Array(numNodes)
  const { order, histograms } = workspace
  order.set(data.rows)

  /** `free` is the first histogram that no ancestor needs; the node's own is filled when it may split. */
  const grow = (node: number, depth: number, from: number, to: number, sums: Sums, own: number): void => {
    const free = depth + 1
    const split = depth < maxDepth ? bestSplit(histograms[own]!, data, sums, to - from, options) : undefined
    if (split === undefined) {
      value[node] = -sums.gradient / (sums.hessian + l2 || 1)
      return
    }
    feature[node] = split.feature
    bin[node] = split.bin
    const border = partition(data.binned, split, order, workspace.spill, from, to)
    const rest = { gradient: sums.gradient - split.gradient, hessian: sums.hessian - split.hessian }
    const first = { node: 2 * node + 1, from, to: border, sums: split }
    const second = { node: 2 * node + 2, from: border, to, sums: rest }
    const [small, large] = border - from <= to - border ? [first, second] : [second, first]
    if (depth + 1 < maxDepth) {
      const parent = histograms[own]!
      const child = histograms[free]!
      fillHistogram(child, data, workspace, small.from, small.to)
      for (let i = 0; i < histogramSize(data.features.length); i++) parent[i]! -= child[i]!
    }
    grow(small.node, depth + 1, small.from, small.to, small.sums, free)
    // The parent's histogram is by now that of its larger child.
    grow(large.node, depth + 1, large.from, large.to, large.sums, own)
  }
  const numRows = data.rows.length
  if (maxDepth > 0) fillHistogram(histograms[0]!, data, workspace, 0, numRows)
  let gradient = 0
  let hessian = 0
  for (const row of data.rows) {
    gradient += data.gradients[row]!
    hessian += data.hessians[row]!
  }
  grow(0, 0, 0, numRows, { gradient, hessian }, 0)
  return { feature, bin, value }
}

/** Adds `factor` times the tree's value to the score of every row. */
export function addTree(
  tree: RegressionTree,
  { bins, numRows }: BinnedRows,
  factor: number,
  scores: Float64Array,
): void {
  const { feature, bin, value } = tree
  for (let row = 0; row < numRows; row++) {
    let node = 0
    while (feature[node]! >= 0) {
      node = 2 * node + (bins[feature[node]! * numRows + row]! <= bin[node]! ? 1 : 2)
    }
    scores[row]! += factor * value[node]!
  }
}

type Sums = Pick<Split, 'gradient' | 'hessian'>

function fillHistogram(
  histogram: Float64Array,
  data: TreeData,
  workspace: TreeWorkspace,
  from: number,
  to: number,
): void {
  const { order, gradients, hessians } = workspace
  // In the order of the node's rows, so that every feature after the first reads them in a line.
  for (let i = from; i < to; i++) {
    gradients[i] = data.gradients[order[i]!]!
    hessians[i] = data.hessians[order[i]!]!
  }
  addToHistogram(histogram, data, workspace, from, to)
}

/** Sorts the rows of a node into those of its first child, then those of its second, each in their old order. */
function partition(
  { bins, numRows }: BinnedRows,
  split: Split,
  order: Int32Array,
  spill: Int32Array,
  from: number,
  to: number,
): number {
  const column = split.feature * numRows
  let border = from
  let spilled = 0
  for (let i = from; i < to; i++) {
    const row = order[i]!
    if (bins[column + row]! <= split.bin) order[border++] = row
    else spill[spilled++] = row
  }
  for (let i = 0; i < spilled; i++) order[border + i] = spill[i]!
  return border
}
