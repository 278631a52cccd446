import { assembleModule, code, i32, op, v128 } from '../linalg/web-assembly.js'

/** Items (and users) of one tile of the product; four by four sums stay in registers. */
export const tile = 4

/**
 * Multiplies packed vectors in the memory that the kernel was made for; addresses and `rowBytes` are in bytes.
 *
 * - `users`: float64 `[groups, dimension, tile]`
 * - `items`: float64 `[panels, dimension, tile]`
 * - `scores`: float64, `groups * tile` rows of `rowBytes` bytes, of which `panels * tile` numbers are written
 */
export type ScoreKernel = (
  users: number,
  items: number,
  scores: number,
  dimension: number,
  panels: number,
  rowBytes: number,
  groups: number,
) => void

let compiled: WebAssembly.Module | undefined

/**
 * The product of matrices, such as user and item vectors, as WebAssembly with 128-bit vectors, bound to a memory.
 *
 * `scores[u, i] = sum_j users[u, j] items[i, j]` in float64. Each sum has a lane of its own and adds its products in
 * order of j, one rounding per product and one per sum (WebAssembly has no fused multiply-add here): bit for bit what the
 * plain loop gives, wherever a vector lies in its block.
 */
export function scoreKernel(memory: WebAssembly.Memory): ScoreKernel {
  compiled ??= assembleModule([
    {
      name: 'multiply',
      parameters: Array.from({ length: 7 }, () => i32),
      locals: [
        [5, i32],
        [3 + 2 * tile, v128],
      ],
      code: body(),
    },
  ])
  const instance = new WebAssembly.Instance(compiled, { host: { memory } })
  return instance.exports['multiply'] as ScoreKernel
}

/** The body of `multiply`. */
function body(): number[] {
  const { get, set, tee, i32Const, i32Add, v128Load, v128Store } = op
  const [users, items, scores, dimension, panels, rowBytes, groups] = [0, 1, 2, 3, 4, 5, 6] as const
  const [user, item, group, out, last] = [7, 8, 9, 10, 11] as const
  const [left, right, splat] = [12, 13, 14] as const
  /** Sums of two items each: two registers per user of the tile. */
  const sum = (row: number, half: number): number => 15 + 2 * row + half
  const rows = Array.from({ length: tile }, (_, row) => row)
  const advance = (local: number, amount: number[]): number[] => code(get(local), amount, i32Add, set(local))
  const countDown = (counter: number): number[] =>
    code(get(counter), i32Const(1), op.i32Sub, tee(counter), op.repeatIf)
  const panelRow = i32Const(8 * tile)

  const addProduct = (row: number, half: number): number[] =>
    code(
      code(get(sum(row, half)), get(splat), get([left, right][half]!)),
      code(op.f64x2Mul, op.f64x2Add, set(sum(row, half))),
    )
  const eachDimension = code(
    code(get(item), v128Load(0), set(left), get(item), v128Load(16), set(right)),
    ...rows.map((row) =>
      code(get(user), op.v128Load64Splat(8 * row), set(splat), addProduct(row, 0), addProduct(row, 1)),
    ),
    advance(user, panelRow),
    advance(item, panelRow),
    code(get(item), get(last), op.i32LessUnsigned, op.repeatIf),
  )
  const clear = rows.map((row) => code(op.v128Zero, set(sum(row, 0)), op.v128Zero, set(sum(row, 1))))
  const write = rows.map((row) =>
    code(
      code(get(out), get(sum(row, 0)), v128Store(0), get(out), get(sum(row, 1)), v128Store(16)),
      advance(out, get(rowBytes)),
    ),
  )
  const eachGroup = code(
    code(get(items), set(item), ...clear),
    code(op.loop, eachDimension, op.end),
    code(...write, countDown(group)),
  )
  const eachPanel = code(
    code(get(users), set(user), get(scores), set(out)),
    code(get(items), get(dimension), panelRow, op.i32Mul, i32Add, set(last)),
    code(get(groups), set(group)),
    code(op.loop, eachGroup, op.end),
    code(get(last), set(items), advance(scores, panelRow), countDown(panels)),
  )
  return code(op.loop, eachPanel, op.end)
}

/**
 * Lays rows out as `[rows / tile, dimension, tile]`; places beyond the rows keep what they hold, and nobody reads their
 * products.
 */
export function pack(rows: Float32Array | Float64Array, dimension: number, packed: Float64Array): void {
  const numRows = rows.length / dimension
  for (let row = 0; row < numRows; row++) {
    const lane = row % tile
    let to = (row - lane) * dimension + lane
    const end = (row + 1) * dimension
    for (let from = row * dimension; from < end; from++, to += tile) packed[to] = rows[from]!
  }
}
