import type { HostTensor, Rng } from '@veilrec/core'

/** A tensor whose data has a known type. */
export type TypedHostTensor<Data> = HostTensor & { readonly data: Data }

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((size, dim) => size * dim, 1)
}

/** A float32 tensor of the given values; `dims` defaults to one axis. */
export function floats(
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): TypedHostTensor<Float32Array> {
  return { dtype: 'float32', dims, data: Float32Array.from(values) }
}

/** An int32 tensor of the given values; `dims` defaults to one axis. */
export function integers(
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): TypedHostTensor<Int32Array> {
  return { dtype: 'int32', dims, data: Int32Array.from(values) }
}

/** A bool tensor of the given values (0 or 1); `dims` defaults to one axis. */
export function booleans(
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): TypedHostTensor<Uint8Array> {
  return { dtype: 'bool', dims, data: Uint8Array.from(values) }
}

/** Normal float32 numbers. */
export function normals(
  rng: Rng,
  dims: readonly number[],
  scale = 1,
  shift = 0,
): TypedHostTensor<Float32Array> {
  return floats(
    Array.from({ length: sizeOf(dims) }, () => shift + scale * rng.normal()),
    dims,
  )
}

/** Uniform integers in `[0, bound)`. */
export function randomIntegers(
  rng: Rng,
  dims: readonly number[],
  bound: number,
): TypedHostTensor<Int32Array> {
  return integers(
    Array.from({ length: sizeOf(dims) }, () => rng.int(bound)),
    dims,
  )
}
