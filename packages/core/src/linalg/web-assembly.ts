/** A function of {@link assembleModule}: parameters and locals are numbered in their order, parameters first. */
export interface WebAssemblyFunction {
  readonly name: string
  readonly parameters: readonly number[]
  /** How many locals of which type. */
  readonly locals: readonly (readonly [count: number, type: number])[]
  readonly code: readonly number[]
}

export const i32 = 0x7f
export const f32 = 0x7d
export const f64 = 0x7c
export const v128 = 0x7b

/**
 * The instructions in use, by their names in the specification (WebAssembly Core 2.0, section 5.4). Numbers inside an
 * instruction are one byte of LEB128: constants and offsets stay below 64 and 128.
 */
export const op = {
  loop: [0x03, 0x40],
  end: [0x0b],
  /** Goes back to the start of the innermost loop when the value on the stack is not 0. */
  repeatIf: [0x0d, 0],
  get: (local: number): number[] => [0x20, local],
  set: (local: number): number[] => [0x21, local],
  tee: (local: number): number[] => [0x22, local],
  i32Const: (value: number): number[] => [0x41, value],
  i32Load: [0x28, 2, 0],
  i32LessUnsigned: [0x49],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  v128Load: (offset: number): number[] => [0xfd, 0x00, 0, offset],
  v128Load32Splat: (offset: number): number[] => [0xfd, 0x09, 0, offset],
  v128Load64Splat: (offset: number): number[] => [0xfd, 0x0a, 0, offset],
  v128Store: (offset: number): number[] => [0xfd, 0x0b, 0, offset],
  v128Zero: [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)],
  v128Load64Zero: [0xfd, 0x5d, 0, 0],
  /** Stores the lower half. */
  v128Store64: [0xfd, 0x5b, 0, 0, 0],
  f32x4Splat: [0xfd, 0x13],
  f64x2Splat: [0xfd, 0x14],
  f32x4DemoteZero: [0xfd, 0x5e],
  f64x2PromoteLow: [0xfd, 0x5f],
  f32x4Add: [0xfd, 0xe4, 0x01],
  f32x4Mul: [0xfd, 0xe6, 0x01],
  f32x4Div: [0xfd, 0xe7, 0x01],
  /** The second where the first is less than it, else the first: a NaN of the first stays. */
  f32x4PseudoMax: [0xfd, 0xeb, 0x01],
  f64x2Sqrt: [0xfd, 0xef, 0x01],
  f64x2Add: [0xfd, 0xf0, 0x01],
  f64x2Sub: [0xfd, 0xf1, 0x01],
  f64x2Mul: [0xfd, 0xf2, 0x01],
  f64x2Div: [0xfd, 0xf3, 0x01],
} as const

/** One instruction after another. */
export function code(...parts: readonly (readonly number[])[]): number[] {
  return parts.flat()
}

/** Magic number and version. */
const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** A module that imports the memory `host.memory` and exports functions without results; fewer than 64 of them. */
export function assembleModule(functions: readonly WebAssemblyFunction[]): WebAssembly.Module {
  const text = (value: string): number[] => sized([...new TextEncoder().encode(value)])
  const list = (items: readonly number[][]): number[] => [items.length, ...items.flat()]
  const section = (id: number, content: number[]): number[] => [id, ...sized(content)]
  return new WebAssembly.Module(
    Uint8Array.from([
      ...header,
      ...section(
        1,
        list(functions.map(({ parameters }) => [0x60, ...list(parameters.map((type) => [type])), 0])),
      ),
      ...section(2, list([[...text('host'), ...text('memory'), 2, 0, 0]])),
      ...section(3, list(functions.map((_, index) => [index]))),
      ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, index]))),
      ...section(
        10,
        list(
          functions.map(({ locals, code: body }) =>
            sized([...list(locals.map((local) => [...local])), ...body, ...op.end]),
          ),
        ),
      ),
    ]),
  )
}

/** Bytes behind their number as LEB128. */
function sized(bytes: readonly number[]): number[] {
  const size: number[] = []
  for (let rest = bytes.length; ; rest >>= 7) {
    if (rest < 128) return [...size, rest, ...bytes]
    size.push((rest & 127) | 128)
  }
}
