import { basename, extname } from 'node:path'

import { VeilrecError } from '@veilrec/core'
import { readVectorTable } from '@veilrec/data'
import { readNpy } from '@veilrec/runtime'

/** One vector per user, from any file. */
export interface Vectors {
  readonly path: string
  /** `[rows, dimension]` row-major, finite. */
  readonly values: Float32Array | Float64Array
  readonly rows: number
  readonly dimension: number
  /** `[rows]`; undefined for npy, whose rows are those of the users file. */
  readonly userIds?: readonly string[]
  /** Columns that have one value in all rows; they tell nothing. */
  readonly constantColumns: number
}

/**
 * Reads user vectors: npy (float32 or float64, `[users, dimension]`), or a table with the user id first.
 *
 * @throws VeilrecError what `readNpy` and `readVectorTable` throw; `VECTORS_INVALID` for an array that is no matrix of floating
 *   point numbers, for NaN and infinity (with row and column as Python counts them), and where every column is constant.
 */
export async function readVectors(path: string, signal?: AbortSignal): Promise<Vectors> {
  const isNpy = extname(path).toLowerCase() === '.npy'
  const { values, dimension, userIds } = isNpy ? await readMatrix(path) : await readVectorTable(path, signal)
  const rows = values.length / dimension
  const constantColumns = countConstant(values, dimension)
  if (constantColumns === dimension) {
    throw new VeilrecError(
      'VECTORS_INVALID',
      rows === 1
        ? `${path}: there is one user only`
        : `${path}: all ${dimension} columns are constant: every user has the same vector`,
      { path, rows, dimension },
      'Check how the vectors were exported; an untrained or collapsed model looks like this.',
    )
  }
  return { path, values, rows, dimension, constantColumns, ...(userIds === undefined ? {} : { userIds }) }
}

async function readMatrix(path: string): Promise<{
  readonly values: Float32Array | Float64Array
  readonly dimension: number
  readonly userIds?: never
}> {
  const { shape, data } = await readNpy(path)
  const [rows, dimension] = shape
  if (rows === undefined || dimension === undefined || shape.length !== 2 || data.length === 0) {
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${path}: the shape is (${shape.join(', ')}), and user vectors are a matrix (users, dimension)`,
      { path, shape },
      'Save one row per user: numpy.save(path, vectors.reshape(len(users), -1)).',
    )
  }
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${path}: it holds whole numbers, and user vectors are float32 or float64`,
      { path },
      'Are these ids instead of vectors? Otherwise save vectors.astype("float32").',
    )
  }
  const bad = data.findIndex((value) => !Number.isFinite(value))
  if (bad < 0) return { values: data, dimension }
  const row = Math.floor(bad / dimension)
  throw new VeilrecError(
    'VECTORS_INVALID',
    `${path}: vectors[${row}, ${bad % dimension}] is ${Number.isNaN(data[bad]) ? 'NaN' : 'infinite'}`,
    { file: basename(path), row, column: bad % dimension },
    'Rows and columns count from 0, as in Python. Look for a division by zero or a diverged training.',
  )
}

function countConstant(values: Float32Array | Float64Array, dimension: number): number {
  const varies = new Uint8Array(dimension)
  let left = dimension
  for (let at = dimension; at < values.length && left > 0; at++) {
    const column = at % dimension
    if (varies[column] === 1 || values[at] === values[column]) continue
    varies[column] = 1
    left--
  }
  return left
}
