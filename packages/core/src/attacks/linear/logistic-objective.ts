import { pack, scoreKernel, tile, type ScoreKernel } from '../../metrics/score-kernel.js'
import type { Objective } from './lbfgs.js'

/** Rows with labels, in the form the objective walks over. */
export interface LogisticProblem {
  /** `[n, dimension]` row-major. */
  readonly x: Float64Array
  /** `[n]`, `0..number of classes - 1`, every class present. */
  readonly y: Int32Array
  readonly dimension: number
  /** 1 for two classes (class 0 is the reference with logit 0), else the number of classes. */
  readonly numLogits: number
}

/**
 * Mean negative log-likelihood of a (multinomial) logistic regression plus `(l2 / 2) ||W||^2`, with its gradient.
 *
 * Parameters are `[numLogits, dimension + 1]` row-major, the intercept, unpenalised, last. Log-sum-exp is shifted by
 * the largest logit, so that it neither overflows nor loses the small side. Both products with the rows are the kernel
 * of full ranking.
 */
export function logisticObjective(problem: LogisticProblem, l2: number): Objective {
  const { y, dimension, numLogits } = problem
  const n = y.length
  const stride = dimension + 1
  const { multiply, logits, residuals, weights, products, addresses, rowWidth } = designOf(problem)
  const groups = Math.ceil(numLogits / tile)
  return (parameters, gradient) => {
    pack(parameters, stride, weights)
    const { rows, columns } = addresses
    multiply(weights.byteOffset, rows, logits.byteOffset, stride, rowWidth / tile, 8 * rowWidth, groups)
    const loss = toResiduals(problem, logits, rowWidth, residuals)
    const panels = Math.ceil(stride / tile)
    multiply(residuals.byteOffset, columns, products.byteOffset, n, panels, 8 * tile * panels, groups)
    let penalty = 0
    for (let k = 0; k < numLogits; k++) {
      const at = k * stride
      for (let j = 0; j < stride; j++) gradient[at + j] = products[k * tile * panels + j]! / n
      for (let j = at; j < at + dimension; j++) {
        const weight = parameters[j]!
        penalty += weight * weight
        gradient[j]! += l2 * weight
      }
    }
    return loss / n + (l2 / 2) * penalty
  }
}

/** The rows in the kernel's memory, with a last feature of 1 for the intercept, and room for what is multiplied with them. */
interface Design {
  readonly multiply: ScoreKernel
  /** Of the rows as `items`, and of their transpose. */
  readonly addresses: { readonly rows: number; readonly columns: number }
  /** `[logits, rowWidth]`, row k holding logit k of everybody. */
  readonly logits: Float64Array
  readonly rowWidth: number
  /** `[logits / tile, n, tile]` and `[logits / tile, dimension + 1, tile]`. */
  readonly residuals: Float64Array
  readonly weights: Float64Array
  /** `[logits, panels * tile]` */
  readonly products: Float64Array
}

const pageBytes = 65536
/** Fits on the same rows share the packed ones. */
const designs = new WeakMap<Float64Array, Design>()

function designOf({ x, y, dimension, numLogits }: LogisticProblem): Design {
  const n = y.length
  const stride = dimension + 1
  const slots = tile * Math.ceil(numLogits / tile)
  const known = designs.get(x)
  if (known !== undefined && known.weights.length === slots * stride) return known
  const rowWidth = tile * Math.ceil(n / tile)
  const columnWidth = tile * Math.ceil(stride / tile)
  const sizes = [rowWidth * stride, columnWidth * n, slots * rowWidth, slots * n, slots * stride]
  const total = [...sizes, slots * columnWidth].reduce((sum, size) => sum + size, 0)
  const memory = new WebAssembly.Memory({ initial: Math.ceil((8 * total) / pageBytes) })
  let used = 0
  const take = (length: number): Float64Array => {
    used += length
    return new Float64Array(memory.buffer, 8 * (used - length), length)
  }
  const [rows, columns, logits, residuals, weights] = sizes.map(take) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= dimension; j++) {
      const value = j === dimension ? 1 : x[i * dimension + j]!
      rows[packedPlace(i, j, stride)] = value
      columns[packedPlace(j, i, n)] = value
    }
  }
  const design = {
    multiply: scoreKernel(memory),
    addresses: { rows: rows.byteOffset, columns: columns.byteOffset },
    logits,
    rowWidth,
    residuals,
    weights,
    products: take(slots * columnWidth),
  }
  designs.set(x, design)
  return design
}

/** Where {@link pack} puts entry j of a row. */
function packedPlace(row: number, j: number, length: number): number {
  const lane = row % tile
  return (row - lane) * length + j * tile + lane
}

/**
 * Turns logits into `p - [k is the label]`, packed, and returns the summed negative log-likelihood; with one logit, class
 * 0 is the reference with logit 0.
 */
function toResiduals(
  { y, numLogits }: LogisticProblem,
  logits: Float64Array,
  rowWidth: number,
  residuals: Float64Array,
): number {
  const n = y.length
  const hasReference = numLogits === 1
  let loss = 0
  for (let i = 0; i < n; i++) {
    let peak = hasReference ? 0 : Number.NEGATIVE_INFINITY
    for (let k = 0; k < numLogits; k++) peak = Math.max(peak, logits[k * rowWidth + i]!)
    let total = hasReference ? Math.exp(-peak) : 0
    for (let k = 0; k < numLogits; k++) {
      const share = Math.exp(logits[k * rowWidth + i]! - peak)
      residuals[packedPlace(k, i, n)] = share
      total += share
    }
    for (let k = 0; k < numLogits; k++) residuals[packedPlace(k, i, n)]! /= total
    loss += peak + Math.log(total)
    const label = y[i]! - (hasReference ? 1 : 0)
    if (label < 0) continue
    loss -= logits[label * rowWidth + i]!
    residuals[packedPlace(label, i, n)]! -= 1
  }
  return loss
}
