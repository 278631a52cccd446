import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Rng, type PermutationNull, type UserAttribute } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { SuiteJob } from './attack-jobs.js'
import { cellKey, readCell, writeCell } from './cell-store.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-cells-'))
})
afterEach(() => rm(folder, { recursive: true }))

const gender: UserAttribute = { name: 'gender', classes: ['F', 'M'], codes: Int16Array.of(0, 1, 1) }

const attack = (): SuiteJob => ({
  kind: 'attack',
  evidence: { kind: 'vectors', values: Float32Array.of(1, 2, 3), dimension: 1 },
  attribute: gender,
  userGroup: Uint8Array.of(0, 1, 3),
  profile: 'quick',
  rng: Rng.fromSeed(1).state(),
})

const result: PermutationNull = {
  shuffles: 3,
  maxima: [0.5, 0.1 + 0.2, 1e-300],
  reported: null,
  sameAttacker: { name: 'gender', auc: 0.6, pValue: 0.25 },
}
const nothing = { kind: 'permutation-null', cells: [], rng: [1, 2, 3, 4] } as const

describe('cellKey', () => {
  it('is equal for equal jobs, wherever their arrays lie', () => {
    const shared = new Float32Array(new SharedArrayBuffer(12))
    shared.set([1, 2, 3])
    const job = { ...attack(), evidence: { kind: 'vectors', values: shared, dimension: 1 } } as const
    expect(cellKey(job)).toBe(cellKey(attack()))
    expect(cellKey(job)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('differs with everything that a figure depends on', () => {
    const lists = { offsets: Int32Array.of(0, 1, 1, 1), items: Int32Array.of(4) }
    const others: SuiteJob[] = [
      { ...attack(), evidence: { kind: 'vectors', values: Float32Array.of(1, 2, 4), dimension: 1 } },
      { ...attack(), evidence: { kind: 'vectors', values: Float64Array.of(1, 2, 3), dimension: 1 } },
      { ...attack(), evidence: { kind: 'lists', lists, numItems: 4 } },
      { ...attack(), evidence: { kind: 'lists', lists, numItems: 5 } },
      { ...attack(), attribute: { ...gender, codes: Int16Array.of(0, 1, 0) } },
      { ...attack(), attribute: { ...gender, classes: ['M', 'F'] } },
      { ...attack(), userGroup: Uint8Array.of(0, 1, 2) },
      { ...attack(), profile: 'full' },
      { ...attack(), rng: Rng.fromSeed(2).state() },
    ]
    const keys = [attack(), ...others].map((job) => cellKey(job))
    expect(new Set(keys).size).toBe(1 + others.length)
  })

  it('looks at the numbers of a view, not at those beside it', () => {
    const all = Float32Array.of(9, 1, 2, 3, 9)
    const job = {
      ...attack(),
      evidence: { kind: 'vectors', values: all.subarray(1, 4), dimension: 1 },
    } as const
    expect(cellKey(job)).toBe(cellKey(attack()))
  })
})

describe('stored cells', () => {
  it('come back as they were', async () => {
    expect(await readCell(folder, nothing)).toBeUndefined()
    expect(await writeCell(folder, nothing, result)).toEqual(result)
    expect(await readCell(folder, nothing)).toEqual(result)
    expect(await readdir(folder)).toEqual([`${cellKey(nothing)}.json`])
  })

  it('are nothing when they are damaged', async () => {
    await writeCell(folder, nothing, result)
    const path = join(folder, `${cellKey(nothing)}.json`)
    const text = await readFile(path, 'utf8')
    const damaged = [
      '',
      text.slice(0, 40),
      text.replace('0.25', '0.35'),
      text.replace('"formatVersion":1', '"formatVersion":2'),
      'null',
      '{}',
    ]
    for (const content of damaged) {
      expect(content).not.toBe(text)
      await writeFile(path, content)
      expect(await readCell(folder, nothing)).toBeUndefined()
    }
    await writeFile(path, text)
    expect(await readCell(folder, nothing)).toEqual(result)
  })
})
