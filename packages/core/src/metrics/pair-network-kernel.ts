import { assembleModule, code, f32, i32, op, v128 } from '../linalg/web-assembly.js'

/** Items of one panel: two registers. */
export const panelItems = 8
/** Outputs of a layer that are summed together; four by eight sums stay in registers. */
export const outputTile = 4

/**
 * The layers of a small network over many items, in the memory that the kernel was made for; addresses are in bytes, all
 * numbers float32. Values of items are laid out as `[panels, width, panelItems]`.
 */
export interface PairNetworkKernel {
  /** `out[p, j, i] = max(items[p, j, i] + user[j], 0)`; `user` `[width]`. */
  join(items: number, user: number, out: number, width: number, panels: number): void
  /**
   * `out[p, r, i] = max(bias[r] + sum_j x[p, j, i] weights[j, r], floor)`; weights and biases are packed as
   * {@link packLayer} does, `width` and `groups * outputTile` are the widths before and after.
   */
  layer(
    x: number,
    weights: number,
    out: number,
    width: number,
    groups: number,
    panels: number,
    floor: number,
  ): void
}

let compiled: WebAssembly.Module | undefined

/**
 * The kernel on a memory, in WebAssembly with 128-bit vectors.
 *
 * Each sum has a lane of its own and adds its products in order of j behind the bias, one rounding per product and one per
 * sum: an item's score does not depend on its place, so that equal items tie exactly.
 */
export function pairNetworkKernel(memory: WebAssembly.Memory): PairNetworkKernel {
  compiled ??= assembleModule([
    {
      name: 'join',
      parameters: Array.from({ length: 5 }, () => i32),
      locals: [
        [2, i32],
        [2, v128],
      ],
      code: join(),
    },
    {
      name: 'layer',
      parameters: [...Array.from({ length: 6 }, () => i32), f32],
      locals: [
        [4, i32],
        [4 + 2 * outputTile, v128],
      ],
      code: layer(),
    },
  ])
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } })
  return exports as unknown as PairNetworkKernel
}

const { get, set, tee, i32Const, i32Add, v128Load, v128Store } = op
const panelRow = i32Const(4 * panelItems)
const weightRow = i32Const(4 * outputTile)
const rows = Array.from({ length: outputTile }, (_, row) => row)

function advance(local: number, amount: number[]): number[] {
  return code(get(local), amount, i32Add, set(local))
}

function countDown(counter: number): number[] {
  return code(get(counter), i32Const(1), op.i32Sub, tee(counter), op.repeatIf)
}

/** The body of `join`. */
function join(): number[] {
  const [items, user, out, width, panels] = [0, 1, 2, 3, 4] as const
  const [place, last, shift, zero] = [5, 6, 7, 8] as const
  const half = (offset: number): number[] =>
    code(
      code(get(out), get(items), v128Load(offset), get(shift), op.f32x4Add),
      code(get(zero), op.f32x4PseudoMax, v128Store(offset)),
    )
  const eachUnit = code(
    code(get(place), op.v128Load32Splat(0), set(shift), half(0), half(16)),
    code(advance(items, panelRow), advance(out, panelRow), advance(place, i32Const(4))),
    code(get(place), get(last), op.i32LessUnsigned, op.repeatIf),
  )
  const eachPanel = code(get(user), set(place), op.loop, eachUnit, op.end, countDown(panels))
  return code(
    code(get(user), get(width), i32Const(4), op.i32Mul, i32Add, set(last)),
    code(op.loop, eachPanel, op.end),
  )
}

/** The body of `layer`. */
function layer(): number[] {
  const [x, weights, out, width, groups, panels, floor] = [0, 1, 2, 3, 4, 5, 6] as const
  const [unit, weight, last, group] = [7, 8, 9, 10] as const
  const [left, right, splat, least] = [11, 12, 13, 14] as const
  const sum = (row: number, half: number): number => 15 + 2 * row + half
  const addProduct = (row: number, half: number): number[] =>
    code(
      code(get(sum(row, half)), get(splat), get([left, right][half]!)),
      code(op.f32x4Mul, op.f32x4Add, set(sum(row, half))),
    )
  const eachUnit = code(
    code(get(unit), v128Load(0), set(left), get(unit), v128Load(16), set(right)),
    ...rows.map((row) =>
      code(get(weight), op.v128Load32Splat(4 * row), set(splat), addProduct(row, 0), addProduct(row, 1)),
    ),
    code(advance(unit, panelRow), advance(weight, weightRow)),
    code(get(unit), get(last), op.i32LessUnsigned, op.repeatIf),
  )
  const startWithBias = rows.map((row) =>
    code(get(weight), op.v128Load32Splat(4 * row), tee(sum(row, 0)), set(sum(row, 1))),
  )
  const write = rows.map((row) =>
    code(
      ...[0, 1].map((half) =>
        code(get(out), get(sum(row, half)), get(least), op.f32x4PseudoMax, v128Store(16 * half)),
      ),
      advance(out, panelRow),
    ),
  )
  const eachGroup = code(
    code(get(x), set(unit), ...startWithBias, advance(weight, weightRow)),
    code(op.loop, eachUnit, op.end),
    code(...write, countDown(group)),
  )
  const eachPanel = code(
    code(get(weights), set(weight), get(groups), set(group)),
    code(get(x), get(width), panelRow, op.i32Mul, i32Add, set(last)),
    code(op.loop, eachGroup, op.end),
    code(get(last), set(x), countDown(panels)),
  )
  return code(get(floor), op.f32x4Splat, set(least), op.loop, eachPanel, op.end)
}

/** `width` rounded up to whole tiles of outputs. */
export function paddedWidth(width: number): number {
  return Math.ceil(width / outputTile) * outputTile
}

/** A layer `x W + b` of a network. */
export interface DenseLayer {
  /** `[inputs, outputs]` row-major. */
  readonly weight: Float32Array
  /** `[outputs]` */
  readonly bias: Float32Array
}

/**
 * Lays a layer out as `[groups, 1 + inputs, outputTile]`, each group's biases first, zeros where widths are filled up.
 *
 * @param inputs width of what the layer reads, filled up.
 */
export function packLayer({ weight, bias }: DenseLayer, inputs: number): Float32Array {
  const outputs = bias.length
  const packed = new Float32Array((1 + inputs) * paddedWidth(outputs))
  for (let r = 0; r < outputs; r++) {
    const lane = r % outputTile
    const at = (r - lane) * (1 + inputs) + lane
    packed[at] = bias[r]!
    for (let j = 0; j * outputs < weight.length; j++) {
      packed[at + (1 + j) * outputTile] = weight[j * outputs + r]!
    }
  }
  return packed
}
