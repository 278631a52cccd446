import { VeilrecError } from '@veilrec/core'

/** The typed arrays that the file formats can hold; int64 is a `BigInt64Array`. */
export type NumericArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Uint8Array

/** An array with its shape, as a safetensors or npy file holds it. */
export interface StoredTensor {
  /** Row-major; `[]` is a single number, and a 0 anywhere means no element. */
  readonly shape: readonly number[]
  /** As many elements as the shape has places; the class is the data type. */
  readonly data: NumericArray
}

/** What an array's element type is called in each format. */
export interface ElementType {
  readonly safetensors: string
  /** The `descr` of an npy file, little-endian. */
  readonly npy: string
  /** Bytes per element. */
  readonly size: number
  readonly allocate: (length: number) => NumericArray
}

/** Every element type, in the order in which a safetensors file lays out its data. */
export const elementTypes: readonly ElementType[] = [
  { safetensors: 'I64', npy: '<i8', size: 8, allocate: (length) => new BigInt64Array(length) },
  { safetensors: 'F64', npy: '<f8', size: 8, allocate: (length) => new Float64Array(length) },
  { safetensors: 'F32', npy: '<f4', size: 4, allocate: (length) => new Float32Array(length) },
  { safetensors: 'I32', npy: '<i4', size: 4, allocate: (length) => new Int32Array(length) },
  { safetensors: 'I16', npy: '<i2', size: 2, allocate: (length) => new Int16Array(length) },
  { safetensors: 'U8', npy: '|u1', size: 1, allocate: (length) => new Uint8Array(length) },
]

const nameByClass: Readonly<Record<string, string>> = {
  BigInt64Array: 'I64',
  Float64Array: 'F64',
  Float32Array: 'F32',
  Int32Array: 'I32',
  Int16Array: 'I16',
  Uint8Array: 'U8',
  // Node's own byte array, a subclass of Uint8Array.
  Buffer: 'U8',
}

/** The element type of an array; throws `INVALID_ARGUMENT` for a class that no format here can hold. */
export function elementTypeOf(data: NumericArray): ElementType {
  const className = data.constructor.name
  const type = elementTypes.find(({ safetensors }) => safetensors === nameByClass[className])
  if (type === undefined) {
    throw new VeilrecError('INVALID_ARGUMENT', `an array of class ${className} cannot be stored`, {
      className,
    })
  }
  return type
}

/**
 * The array's memory as bytes, not a copy. Numbers lie there as the processor keeps them, which on every
 * platform that Node supports and Veilrec runs on is little-endian, as the file formats demand.
 */
export function bytesOf(data: NumericArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** Number of elements of a shape, or `undefined` where it is negative, no integer or too large to count. */
export function countElements(shape: readonly number[]): number | undefined {
  let count = 1
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) return undefined
    count *= length
    // Checked at every step: a later 0 must not hide an overflow.
    if (!Number.isSafeInteger(count)) return undefined
  }
  return count
}

/** Throws `INVALID_ARGUMENT` unless the data has exactly the elements that the shape asks for. */
export function assertFits({ shape, data }: StoredTensor, name: string): void {
  if (countElements(shape) === data.length) return
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `${name}: shape [${shape.join(', ')}] does not fit ${data.length} elements`,
    { name, shape, elements: data.length },
  )
}
