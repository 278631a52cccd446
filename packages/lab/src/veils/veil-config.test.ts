import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { parseVeilConfig, readVeilConfig } from './veil-config.js'
import type { VeilKind } from './veil-kind.js'
import { veilKinds } from './veil-kinds.js'

const toy: VeilKind<{ strength: number; part: { width: number; depth: number } }> = {
  method: 'toy',
  summary: 'for tests',
  schema: z.strictObject({
    strength: z.number().positive().default(1),
    part: z.strictObject({ width: z.int().default(8), depth: z.int().default(2) }).prefault({}),
  }),
  presets: { paper: { strength: 5, part: { width: 64 } } },
  make: () => Promise.reject(new Error('not made here')),
  restore: () => {
    throw new Error('not made here')
  },
  serve: () => {
    throw new Error('not made here')
  },
}

const folder = mkdtempSync(join(tmpdir(), 'veilrec-veil-config-'))
const file = join(folder, 'toy.yaml')
const kinds = veilKinds as VeilKind[]
beforeAll(() => kinds.push(toy as VeilKind))
afterAll(() => {
  kinds.pop()
  rmSync(folder, { recursive: true })
})

describe('settings of a veil', () => {
  it('win over the preset, which wins over the defaults', () => {
    expect(parseVeilConfig(toy, undefined)).toEqual({ strength: 1, part: { width: 8, depth: 2 } })
    expect(parseVeilConfig(toy, { preset: 'paper', part: { depth: 3 } })).toEqual({
      strength: 5,
      part: { width: 64, depth: 3 },
    })
  })

  it('come from a file and single settings, which win', async () => {
    expect(await readVeilConfig({ method: 'toy' })).toBeUndefined()
    writeFileSync(file, 'preset: paper\nstrength: 2\n')
    const given = await readVeilConfig({ method: 'toy', file, set: ['strength=3', 'part.depth=1'] })
    expect(given).toEqual({ preset: 'paper', strength: 3, part: { depth: 1 } })
    expect(parseVeilConfig(toy, given)).toEqual({ strength: 3, part: { width: 64, depth: 1 } })
  })

  it.each([
    [['strenght=3'], '--set strenght=3: strenght: unknown key', 'Did you mean "strength"?'],
    [['preset=papr'], '--set preset=papr: preset: there are paper', 'Did you mean "paper"?'],
    [['strength=-1'], '--set strength=-1: strength: ', undefined],
    [['part.widh=1'], '--set part.widh=1: part.widh: unknown key', 'Did you mean "width"?'],
  ])('are refused: %j', async (set, message, hint) => {
    await expect(readVeilConfig({ method: 'toy', set })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message) as string,
      hint,
    })
  })

  it('are refused with their place in the file', async () => {
    writeFileSync(file, 'part:\n  width: 4.5\n')
    await expect(readVeilConfig({ method: 'toy', file })).rejects.toThrow(`${file}:2:10: part.width: `)
    writeFileSync(file, '- 1\n')
    await expect(readVeilConfig({ method: 'toy', file })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(readVeilConfig({ method: 'toyy', file })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('are refused by the library, too, every wrong one named', () => {
    expect(() => parseVeilConfig(toy, { strength: -1, depth: 1 })).toThrow(/strength: .*; depth: unknown key/)
    expect(() => parseVeilConfig(toy, 7)).toThrow(/^the configuration is wrong: config: /)
    expect(() => parseVeilConfig(toy, { preset: 7 })).toThrow(/preset: there are paper/)
  })
})

it('every kind has defaults, presets that fit it and a line of help', () => {
  for (const kind of veilKinds) {
    expect(() => parseVeilConfig(kind, undefined)).not.toThrow()
    for (const preset of Object.keys(kind.presets)) {
      expect(() => parseVeilConfig(kind, { preset })).not.toThrow()
    }
    expect(kind.summary).toMatch(/^[^A-Z].*[^.]$/)
    expect(kind.summary.length).toBeLessThan(110)
  }
})
