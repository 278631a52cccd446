import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { VeilrecError } from '@veilrec/core'
import { writeNpy, type StoredTensor } from '@veilrec/runtime'
import { afterAll, describe, expect, it } from 'vitest'

import { readVectors, type Vectors } from './read-vectors.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-read-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = join(folder, 'v.npy')
async function npy(tensor: StoredTensor): Promise<Vectors> {
  await writeNpy(path, tensor)
  return readVectors(path)
}

describe('readVectors', () => {
  it('reads npy of both precisions, without ids', async () => {
    for (const data of [Float32Array.of(1, 2, 3, 2, 5, 2), Float64Array.of(1, 2, 3, 2, 5, 2)]) {
      expect(await npy({ shape: [3, 2], data })).toEqual({
        path,
        values: data,
        rows: 3,
        dimension: 2,
        constantColumns: 1,
      })
    }
  })

  it('reads tables, with ids', async () => {
    const csv = join(folder, 'v.csv')
    writeFileSync(csv, 'id,x,y\na,1,2\nb,3,2\n')
    expect(await readVectors(csv)).toMatchObject({ rows: 2, userIds: ['a', 'b'], constantColumns: 1 })
  })

  it.each<[StoredTensor, RegExp]>([
    [{ shape: [2, 2], data: Float32Array.of(1, 2, 3, NaN) }, /v\.npy: vectors\[1, 1\] is NaN$/],
    [{ shape: [2, 2], data: Float64Array.of(1, 2, Infinity, 0) }, /v\.npy: vectors\[1, 0\] is infinite$/],
    [{ shape: [4], data: Float32Array.of(1, 2, 3, 4) }, /the shape is \(4\), and user vectors are a matrix/],
    [{ shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) }, /the shape is \(1, 2, 2\)/],
    [{ shape: [0, 2], data: new Float32Array(0) }, /the shape is \(0, 2\)/],
    [{ shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) }, /it holds whole numbers/],
    [{ shape: [2, 2], data: Float32Array.of(1, 2, 1, 2) }, /all 2 columns are constant/],
    [{ shape: [1, 2], data: Float32Array.of(1, 2) }, /there is one user only/],
  ])('refuses %j', async (tensor, message) => {
    const error = await npy(tensor).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(VeilrecError)
    expect(error).toMatchObject({ code: 'VECTORS_INVALID', message: expect.stringMatching(message) })
  })
})
