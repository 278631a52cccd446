import type { DType } from './tensor.js'

/** Data of a tensor in memory, in the typed array of its element type. */
export type HostArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array

/** A value outside the graph: row-major data with its shape. */
export interface HostTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: HostArray
}

/** A zero-filled array of the element type; `bool` is one byte per value. */
export function allocate(dtype: DType, length: number): HostArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length)
    case 'float64':
      return new Float64Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'int64':
      return new BigInt64Array(length)
    case 'bool':
    case 'uint8':
      return new Uint8Array(length)
  }
}
