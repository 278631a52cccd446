import {
  outputTile,
  packLayer,
  paddedWidth,
  pairNetworkKernel,
  panelItems,
  type DenseLayer,
} from './pair-network-kernel.js'
import { checkedRows, checkUser, type ScoreRows, type ScoringVectors } from './vector-scores.js'

/** A network over pairs of a user and an item vector. */
export interface PairNetwork extends ScoringVectors {
  /** From `2 * dimension` values, the user's before the item's, to one score; ReLU between them, none behind the last. */
  readonly layers: readonly [DenseLayer, DenseLayer, ...DenseLayer[]]
}

const pageBytes = 65536
/** Panels that pass all layers before the next: their values stay in the first-level cache. */
const panelsTogether = 6

/**
 * Scores by a multi-layer perceptron, `score(u, i) = MLP([user_u; item_i])`, in float32.
 *
 * The first layer is a sum of two halves, `W_u p_u + b` and `W_i q_i`, computed once for each user and item in float64 and
 * rounded; the rest is spent per pair. Equal items tie exactly, wherever they stand. Beside the vectors it holds the items'
 * halves.
 *
 * @throws VeilrecError `NOT_FINITE` naming the user (or item) whose vector holds a NaN or an infinity; `INVALID_ARGUMENT`
 * when vectors are not whole rows; the rows throw it for a user that has no vector.
 */
export function pairNetworkScores({ userVectors, itemVectors, dimension, layers }: PairNetwork): ScoreRows {
  const { numUsers, numRows } = checkedRows({ userVectors, itemVectors, dimension })
  const [first, ...rest] = layers
  const width = first.bias.length
  const half = (vectors: Float32Array | Float64Array, row: number, part: 0 | 1, out: Float64Array): void => {
    if (part === 0) out.set(first.bias)
    else out.fill(0)
    for (let j = 0; j < dimension; j++) {
      const value = vectors[row * dimension + j]!
      const from = (part * dimension + j) * width
      for (let unit = 0; unit < width; unit++) out[unit]! += value * first.weight[from + unit]!
    }
  }

  const panels = Math.ceil(numRows / panelItems)
  const widths = [width, ...rest.map(({ bias }) => paddedWidth(bias.length))]
  const packed = rest.map((layer, index) => packLayer(layer, widths[index]!))
  /** Addresses, each part at the start of a cache line. */
  let bytes = 0
  const reserve = (numbers: number): number => {
    const at = bytes
    bytes += 64 * Math.ceil(numbers / 16)
    return at
  }
  const itemsAt = reserve(panels * width * panelItems)
  const userAt = reserve(width)
  const weightsAt = packed.map(({ length }) => reserve(length))
  const valuesAt = widths.map((each) => reserve(panelsTogether * each * panelItems))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
  const numbers = new Float32Array(memory.buffer)
  packed.forEach((values, index) => numbers.set(values, weightsAt[index]! / 4))
  const kernel = pairNetworkKernel(memory)

  const units = new Float64Array(width)
  for (let item = 0; item < numRows; item++) {
    half(itemVectors, item, 1, units)
    const lane = item % panelItems
    const at = itemsAt / 4 + (item - lane) * width + lane
    for (let unit = 0; unit < width; unit++) numbers[at + unit * panelItems] = units[unit]!
  }

  const scores = new Float32Array(panels * panelItems)
  const row = scores.subarray(0, numRows)
  const scorePanels = (from: number): void => {
    const count = Math.min(panelsTogether, panels - from)
    kernel.join(itemsAt + 4 * from * width * panelItems, userAt, valuesAt[0]!, width, count)
    for (let index = 0; index < rest.length; index++) {
      const [before, after] = [widths[index]!, widths[index + 1]!]
      const floor = index === rest.length - 1 ? -Infinity : 0
      kernel.layer(
        valuesAt[index]!,
        weightsAt[index]!,
        valuesAt[index + 1]!,
        before,
        after / outputTile,
        count,
        floor,
      )
    }
    // Of the last layer's tile of outputs only the first is one.
    const last = valuesAt[rest.length]! / 4
    const stride = widths[rest.length]! * panelItems
    for (let panel = 0; panel < count; panel++) {
      const at = last + panel * stride
      scores.set(numbers.subarray(at, at + panelItems), (from + panel) * panelItems)
    }
  }
  let scored = -1
  return (user) => {
    checkUser(user, numUsers)
    if (scored === user) return row
    scored = user
    half(userVectors, user, 0, units)
    numbers.set(units, userAt / 4)
    for (let panel = 0; panel < panels; panel += panelsTogether) scorePanels(panel)
    return row
  }
}
