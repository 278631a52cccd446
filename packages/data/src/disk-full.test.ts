import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addDataset } from './add-dataset.js'
import { writeParquet } from './duckdb/write-parquet.js'
import { datasetFiles } from './storage/write-dataset.js'

vi.mock('./duckdb/write-parquet.js')

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-full-'))
})
afterEach(() => rm(home, { recursive: true }))

describe('addDataset on a disk that fills up', () => {
  it.each(Object.values(datasetFiles))('while %s is written, says so and leaves nothing', async (full) => {
    vi.mocked(writeParquet).mockImplementation(async (_connection, path) => {
      await writeFile(path, 'the first half')
      if (basename(path) !== full) return
      // The words of DuckDB 1.5 for ENOSPC.
      throw new Error(`IO Error: Could not write to file "${path}": No space left on device`)
    })
    const add = addDataset({ name: 'simulated', home, seed: 1, options: { numUsers: 30, numItems: 40 } })
    await expect(add).rejects.toMatchObject({
      code: 'DATASET_WRITE_FAILED',
      message: expect.stringContaining('No space left on device') as string,
      hint: 'check free space and permissions of the folder',
    })
    expect(await readdir(join(home, 'datasets'))).toEqual([])
  })
})
