import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addDataset } from '../add-dataset.js'
import { datasetCard } from './dataset-card.js'
import { loadCandidates } from './load-candidates.js'
import { loadDataset } from './load-dataset.js'
import { removeDataset } from './remove-dataset.js'

// Made by veilrec 0.1.0: data add format-1 --source simulated --seed 1 --option numUsers=30 --option numItems=40
const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-format-'))
  await cp(fixtures, home, { recursive: true })
})
afterEach(() => rm(home, { recursive: true }))

describe('a data set of format 1', () => {
  it('is read: the card says nothing where format 1 says nothing', async () => {
    const card = await datasetCard(home, 'format-1')
    expect(card).toMatchObject({
      formatVersion: 1,
      sourceFiles: [],
      skipped: { count: 0, examples: [] },
      dropped: null,
      itemProperties: [],
      candidates: null,
      itemPropertiesSha256: null,
      splits: { leaveOneOut: { sizes: null, sha256: null }, globalTime: null },
    })
  })

  it('is loaded like the same data in the format of today, hash included', async () => {
    const options = { numUsers: 30, numItems: 40 }
    await addDataset({ name: 'today', source: 'simulated', home, seed: 1, options })
    const old = await loadDataset(home, 'format-1')
    const { itemProperties: _, ...today } = await loadDataset(home, 'today')
    expect({ ...old, name: 'today' }).toEqual(today)
    expect(old.hash).toBe('a888f573906dba4662506cc89597ddf38d272dd73136352d7f9771065c9ea8f7')
  })

  it('has no candidates, and says what to do about it', async () => {
    await expect(loadCandidates(home, 'format-1')).rejects.toMatchObject({
      code: 'DATASET_OUTDATED',
      message: expect.stringMatching(
        /made by veilrec 0\.1\.0, format 1, which stored no evaluation cand/,
      ) as string,
      hint: 'add the data set again',
    })
  })

  it('is refused when something in it is not as it should be', async () => {
    const path = join(home, 'datasets', 'format-1', 'dataset.json')
    const card = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    await writeFile(path, JSON.stringify({ ...card, splits: [] }))
    await expect(datasetCard(home, 'format-1')).rejects.toMatchObject({ code: 'DATASET_CORRUPT' })
  })
})

describe('removeDataset', () => {
  it('removes a data set of any format, even a broken one, and nothing else', async () => {
    await writeFile(join(home, 'datasets', 'format-1', 'dataset.json'), 'broken')
    await cp(fixtures, join(home, 'other'), { recursive: true })
    await removeDataset(home, 'format-1')
    expect(await readdir(join(home, 'datasets'))).toEqual([])
    expect(await readdir(join(home, 'other', 'datasets'))).toEqual(['format-1'])
  })

  it('refuses what is not there, what is no data set, and what cannot be a name', async () => {
    await expect(removeDataset(home, 'absent')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' })
    await rm(join(home, 'datasets', 'format-1', 'dataset.json'))
    await expect(removeDataset(home, 'format-1')).rejects.toMatchObject({
      code: 'DATASET_NOT_FOUND',
      message: expect.stringContaining('is not a data set') as string,
    })
    expect(await readdir(join(home, 'datasets', 'format-1'))).toContain('users.parquet')
    await expect(removeDataset(home, '../datasets')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
