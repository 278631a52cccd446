import { assembleModule, code, f32, f64, i32, op, v128 } from '../../linalg/web-assembly.js'

/** Columns of a table of {@link TrainingKernel}: what stays in registers while rows are added up. */
export const tableWidth = 32

/** The settings of Adam for one step, see `adamRule`. */
export interface AdamStep {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Learning rate over `1 - beta1^t`. */
  readonly stepSize: number
  /** `1 / sqrt(1 - beta2^t)` */
  readonly correction: number
  /** L2 in the gradient. */
  readonly weightDecay: number
}

/**
 * The inner loops of training attackers that ONNX Runtime does not have, in WebAssembly with 128-bit vectors. All arrays
 * lie in the memory that the kernel was made for; rows are given by their offsets in bytes (`4 * tableWidth * row`).
 */
export interface TrainingKernel {
  /** One step of Adam on arrays of equal, even length: bit for bit what `adamRule` gives, in a third of the time. */
  adam(
    parameters: Float32Array,
    first: Float32Array,
    second: Float32Array,
    gradient: Float32Array,
    step: AdamStep,
  ): void
  /** `out[at ..] = (sum of the rows) / divisor`, added in float32 in their order; at least one row. */
  meanOfRows(rows: Int32Array, table: Float32Array, divisor: number, out: Float32Array, at: number): void
  /** Adds `share[at ..] / divisor` to every row; at least one. */
  addToRows(rows: Int32Array, table: Float32Array, divisor: number, share: Float32Array, at: number): void
}

type Numbers = (...values: number[]) => void

let compiled: WebAssembly.Module | undefined

/** The kernel on a memory. */
export function trainingKernel(memory: WebAssembly.Memory): TrainingKernel {
  compiled ??= assembleModule([adam, meanOfRows, addToRows])
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } })
  const [step, mean, add] = [adam, meanOfRows, addToRows].map(({ name }) => exports[name] as Numbers)
  const endOf = ({ byteOffset, byteLength }: Int32Array | Float32Array): number => byteOffset + byteLength
  return {
    adam(parameters, first, second, gradient, { beta1, beta2, epsilon, stepSize, correction, weightDecay }) {
      const starts = [parameters, first, second, gradient].map(({ byteOffset }) => byteOffset)
      const moments = [beta1, 1 - beta1, beta2, 1 - beta2]
      step!(...starts, endOf(parameters), ...moments, stepSize, correction, epsilon, weightDecay)
    },
    meanOfRows(rows, table, divisor, out, at) {
      mean!(rows.byteOffset, endOf(rows), table.byteOffset, out.byteOffset + 4 * at, divisor)
    },
    addToRows(rows, table, divisor, share, at) {
      add!(rows.byteOffset, endOf(rows), table.byteOffset, share.byteOffset + 4 * at, divisor)
    },
  }
}

const advance = (local: number, amount: number): number[] =>
  code(op.get(local), op.i32Const(amount), op.i32Add, op.set(local))
const repeatBelow = (local: number, end: number): number[] =>
  code(op.get(local), op.get(end), op.i32LessUnsigned, op.repeatIf)

/** Two parameters at a time, in float64 between loading and storing. */
const adam = ((): Parameters<typeof assembleModule>[0][number] => {
  const [parameters, first, second, gradient, end] = [0, 1, 2, 3, 4] as const
  const settings = [5, 6, 7, 8, 9, 10, 11, 12]
  /** The settings once more, each in both halves of a vector. */
  const [beta1, rest1, beta2, rest2, stepSize, correction, epsilon, weightDecay] = [
    13, 14, 15, 16, 17, 18, 19, 20,
  ] as const
  const [value, g, m, v] = [21, 22, 23, 24] as const
  const { get, set, f64x2Add, f64x2Mul } = op
  const load = (from: number): number[] => code(get(from), op.v128Load64Zero, op.f64x2PromoteLow)
  const store = (to: number, ...what: number[][]): number[] =>
    code(get(to), ...what, op.f32x4DemoteZero, op.v128Store64)
  /** `decay * old + rest * g`, g squared as `(rest * g) * g`. */
  const moment = (old: number, decay: number, rest: number, squared: boolean): number[] =>
    code(
      code(get(decay), load(old), f64x2Mul, get(rest), get(g), f64x2Mul),
      code(...(squared ? [get(g), f64x2Mul] : []), f64x2Add),
    )
  return {
    name: 'adam',
    parameters: [i32, i32, i32, i32, i32, ...settings.map(() => f64)],
    locals: [[settings.length + 4, v128]],
    code: code(
      ...settings.map((setting) => code(get(setting), op.f64x2Splat, set(setting + settings.length))),
      op.loop,
      code(load(parameters), set(value)),
      code(load(gradient), get(weightDecay), get(value), f64x2Mul, f64x2Add, set(g)),
      code(moment(first, beta1, rest1, false), set(m), moment(second, beta2, rest2, true), set(v)),
      code(store(first, get(m)), store(second, get(v))),
      store(
        parameters,
        code(get(value), get(stepSize), get(m), f64x2Mul),
        code(get(v), op.f64x2Sqrt, get(correction), f64x2Mul, get(epsilon), f64x2Add),
        code(op.f64x2Div, op.f64x2Sub),
      ),
      ...[first, second, gradient, parameters].map((local) => advance(local, 8)),
      repeatBelow(parameters, end),
      op.end,
    ),
  }
})()

const quads = Array.from({ length: tableWidth / 4 }, (_, quad) => quad)
/** The registers of a row, after five parameters and the place in the table. */
const register = (quad: number): number => 6 + quad
const rowLocals = [
  [1, i32],
  [quads.length + 1, v128],
] as const
const [rows, rowsEnd, table, other, divisor, place, scale] = [0, 1, 2, 3, 4, 5, 6 + quads.length] as const
const findRow = code(op.get(rows), op.i32Load, op.get(table), op.i32Add, op.set(place))
const divide = code(
  code(op.get(divisor), op.f32x4Splat, op.set(scale)),
  ...quads.map((quad) => code(op.get(register(quad)), op.get(scale), op.f32x4Div, op.set(register(quad)))),
)
const rowParameters = [i32, i32, i32, i32, f32]

const meanOfRows = {
  name: 'meanOfRows',
  parameters: rowParameters,
  locals: rowLocals,
  code: code(
    op.loop,
    findRow,
    ...quads.map((quad) =>
      code(
        code(op.get(register(quad)), op.get(place), op.v128Load(16 * quad)),
        code(op.f32x4Add, op.set(register(quad))),
      ),
    ),
    advance(rows, 4),
    repeatBelow(rows, rowsEnd),
    op.end,
    divide,
    ...quads.map((quad) => code(op.get(other), op.get(register(quad)), op.v128Store(16 * quad))),
  ),
}

const addToRows = {
  name: 'addToRows',
  parameters: rowParameters,
  locals: rowLocals,
  code: code(
    ...quads.map((quad) => code(op.get(other), op.v128Load(16 * quad), op.set(register(quad)))),
    divide,
    op.loop,
    findRow,
    ...quads.map((quad) =>
      code(
        code(op.get(place), op.get(place), op.v128Load(16 * quad)),
        code(op.get(register(quad)), op.f32x4Add, op.v128Store(16 * quad)),
      ),
    ),
    advance(rows, 4),
    repeatBelow(rows, rowsEnd),
    op.end,
  ),
}
