import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readConfig } from './config-file.js'

describe('readConfig', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilrec-config-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const file = async (text: string): Promise<string> => {
    const path = join(folder, 'config.yaml')
    await writeFile(path, text)
    return path
  }

  it('gives what was given, without defaults', async () => {
    expect(await readConfig({})).toBeUndefined()
    expect(await readConfig({ set: [] })).toBeUndefined()
    expect(await readConfig({ file: await file('') })).toEqual({})
    expect(await readConfig({ file: await file('model:\n  hiddenSize: 32 # small\n') })).toEqual({
      model: { hiddenSize: 32 },
    })
  })

  it('lets single settings win over the file, with values in YAML', async () => {
    const path = await file('model:\n  hiddenSize: 32\n  loss: bce\n')
    const set = ['model.hiddenSize=64', 'model.dropout=0', 'training.maxMinutes=1.5', 'training.epochs=3']
    expect(await readConfig({ file: path, set })).toEqual({
      model: { hiddenSize: 64, loss: 'bce', dropout: 0 },
      training: { maxMinutes: 1.5, epochs: 3 },
    })
  })

  it.each([
    ['an unknown key', 'model:\n  hiddenSiz: 32\n', /:2:3: model\.hiddenSiz: unknown key$/, 'hiddenSize'],
    ['a key of another place', 'hiddenSize: 32\n', /:1:1: hiddenSize: unknown key$/, 'model, training'],
    ['a value out of range', 'model:\n  hiddenSize: 0\n', /:2:15: model\.hiddenSize: /, ''],
    ['a value of another type', 'training:\n  epochs: many\n', /:2:11: training\.epochs: /, ''],
    [
      'a key in a union',
      'training:\n  optimizer:\n    kind: adam\n    bta1: 0.5\n',
      /:4:5: .*bta1: unknown/,
      'beta1',
    ],
    ['no map at all', '- 1\n', /:1:1: /, ''],
    ['a broken file', 'model: {hiddenSize: 32\n', /:2:1: /, ''],
    ['a key given twice', 'model:\n  dropout: 0\n  dropout: 0.1\n', /:3:3: .*unique/, ''],
  ])('says where %s stands', async (_, text, message, hint) => {
    const path = await file(text)
    const thrown: unknown = await readConfig({ file: path }).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID', kind: 'user' })
    const { message: text_, hint: given } = thrown as { message: string; hint?: string }
    expect(text_.startsWith(path)).toBe(true)
    expect(text_).toMatch(message)
    expect(given ?? '').toContain(hint)
  })

  it('names every problem, one a line', async () => {
    const path = await file('model:\n  hiddenSize: 0\n  dropout: 2\n')
    await expect(readConfig({ file: path })).rejects.toThrow(/:2:15: .*\n.*:3:12: /)
  })

  it.each([
    ['model.hiddenSize=big', /^--set model\.hiddenSize=big: model\.hiddenSize: /],
    ['model.hiddenSiz=1', /^--set model\.hiddenSiz=1: model\.hiddenSiz: unknown key/],
    ['hiddenSize', /not of the form/],
    ['model..x=1', /not of the form/],
  ])('points at --set %s', async (setting, message) => {
    await expect(readConfig({ set: [setting] })).rejects.toThrow(message)
  })

  it('says which file it cannot read', async () => {
    await expect(readConfig({ file: join(folder, 'none.yaml') })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    })
  })
})
