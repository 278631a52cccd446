/** Users whose scores are computed together: their rows stay in the cache between product and ranking. */
export const blockUsers = 16

/** Items (and users) of one tile of the product; four by four sums stay in registers. */
export const tile = 4

/**
 * Multiplies packed vectors in the memory that the kernel was made for; addresses and `rowBytes` are in bytes.
 *
 * - `users`: float64 `[blockUsers / tile, dimension, tile]`
 * - `items`: float64 `[panels, dimension, tile]`
 * - `scores`: float64, `blockUsers` rows of `rowBytes` bytes, of which `panels * tile` numbers are written
 */
export type ScoreKernel = (
  users: number,
  items: number,
  scores: number,
  dimension: number,
  panels: number,
  rowBytes: number,
) => void

let compiled: WebAssembly.Module | undefined

/**
 * The inner loop of {@link vectorScores} as WebAssembly with 128-bit vectors, bound to a memory.
 *
 * `scores[u, i] = sum_j users[u, j] items[i, j]` in float64. Each sum has a lane of its own and adds its products in
 * order of j, one rounding per product and one per sum (WebAssembly has no fused multiply-add here): bit for bit what the
 * plain loop gives, wherever a vector lies in its block.
 */
export function scoreKernel(memory: WebAssembly.Memory): ScoreKernel {
  compiled ??= new WebAssembly.Module(assemble())
  const instance = new WebAssembly.Instance(compiled, { host: { memory } })
  return instance.exports['multiply'] as ScoreKernel
}

// The opcodes in use, by their names in the specification (WebAssembly Core 2.0, section 5.4).
const loop = [0x03, 0x40]
const end = [0x0b]
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
const repeatIf = [0x0d, 0]
const i32Const = (value: number): number[] => [0x41, value]
const i32Add = [0x6a]
const i32Sub = [0x6b]
const i32Mul = [0x6c]
const i32Less = [0x49]
const v128Load = (offset: number): number[] => [0xfd, 0x00, 3, offset]
const v128LoadSplat = (offset: number): number[] => [0xfd, 0x0a, 3, offset]
const v128Store = (offset: number): number[] => [0xfd, 0x0b, 3, offset]
const v128Zero = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)]
const f64x2Add = [0xfd, 0xf0, 0x01]
const f64x2Mul = [0xfd, 0xf2, 0x01]

const i32 = 0x7f
const v128 = 0x7b

/** The body of `multiply`; constants stay below 64, so that each is one byte of LEB128. */
function body(): number[] {
  const [users, items, scores, dimension, panels, rowBytes] = [0, 1, 2, 3, 4, 5] as const
  const [user, item, group, out, last] = [6, 7, 8, 9, 10] as const
  const [left, right, splat] = [11, 12, 13] as const
  /** Sums of two items each: two registers per user of the tile. */
  const sum = (row: number, half: number): number => 14 + 2 * row + half
  const rows = Array.from({ length: tile }, (_, row) => row)
  const code = (...parts: number[][]): number[] => parts.flat()
  const advance = (local: number, amount: number[]): number[] => code(get(local), amount, i32Add, set(local))
  const countDown = (counter: number): number[] =>
    code(get(counter), i32Const(1), i32Sub, tee(counter), repeatIf)
  const panelRow = i32Const(8 * tile)

  const addProduct = (row: number, half: number): number[] =>
    code(get(sum(row, half)), get(splat), get([left, right][half]!), f64x2Mul, f64x2Add, set(sum(row, half)))
  const eachDimension = code(
    code(get(item), v128Load(0), set(left), get(item), v128Load(16), set(right)),
    ...rows.map((row) =>
      code(get(user), v128LoadSplat(8 * row), set(splat), addProduct(row, 0), addProduct(row, 1)),
    ),
    advance(user, panelRow),
    advance(item, panelRow),
    code(get(item), get(last), i32Less, repeatIf),
  )
  const clear = rows.map((row) => code(v128Zero, set(sum(row, 0)), v128Zero, set(sum(row, 1))))
  const write = rows.map((row) =>
    code(
      code(get(out), get(sum(row, 0)), v128Store(0), get(out), get(sum(row, 1)), v128Store(16)),
      advance(out, get(rowBytes)),
    ),
  )
  const eachGroup = code(
    code(get(items), set(item), ...clear),
    code(loop, eachDimension, end),
    code(...write, countDown(group)),
  )
  const eachPanel = code(
    code(get(users), set(user), get(scores), set(out)),
    code(get(items), get(dimension), panelRow, i32Mul, i32Add, set(last)),
    code(i32Const(blockUsers / tile), set(group)),
    code(loop, eachGroup, end),
    code(get(last), set(items), advance(scores, panelRow), countDown(panels)),
  )
  // Five locals of type i32 after the six parameters, then three and eight of v128.
  const locals = [2, 5, i32, 3 + 2 * tile, v128]
  return code(locals, loop, eachPanel, end, end)
}

/** Magic number and version. */
const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** The module: one imported memory, one exported function. */
function assemble(): Uint8Array<ArrayBuffer> {
  const text = (value: string): number[] => sized([...new TextEncoder().encode(value)])
  const section = (id: number, ...content: number[]): number[] => [id, ...sized(content)]
  return Uint8Array.from([
    ...header,
    ...section(1, 1, 0x60, 6, ...Array.from({ length: 6 }, () => i32), 0),
    ...section(2, 1, ...text('host'), ...text('memory'), 2, 0, 0),
    ...section(3, 1, 0),
    ...section(7, 1, ...text('multiply'), 0, 0),
    ...section(10, 1, ...sized(body())),
  ])
}

/** Bytes behind their number as LEB128. */
function sized(bytes: readonly number[]): number[] {
  const size: number[] = []
  for (let rest = bytes.length; ; rest >>= 7) {
    if (rest < 128) return [...size, rest, ...bytes]
    size.push((rest & 127) | 128)
  }
}
