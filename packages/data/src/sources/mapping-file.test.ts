import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VeilrecError } from '@veilrec/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { MappingInput } from './mapping.js'
import { readMapping } from './mapping-file.js'

const interactions = 'interactions: { file: r.csv, user: u, item: i, time: t }\n'

describe('readMapping', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilrec-mapping-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const file = async (text: string): Promise<string> => {
    const path = join(folder, 'mapping.yaml')
    await writeFile(path, text)
    return path
  }
  const failure = (given: string | MappingInput): VeilrecError => {
    try {
      readMapping(given)
    } catch (error) {
      return error as VeilrecError
    }
    throw new Error('no error was thrown')
  }

  it('fills in defaults and knows where keys stand', async () => {
    const path = await file(
      `${interactions}users:\n  file: u.csv\n  id: u\n  attributes:\n    age: { type: number }\n`,
    )
    const { mapping, folder: own, place } = readMapping(path)
    expect(own).toBe(folder)
    expect(mapping).toEqual({
      interactions: { file: 'r.csv', user: 'u', item: 'i', time: 't', encoding: 'utf-8', quotes: true },
      users: {
        file: 'u.csv',
        id: 'u',
        encoding: 'utf-8',
        quotes: true,
        attributes: { age: { type: 'number', missing: [] } },
      },
    })
    expect(place(['interactions', 'time'])).toBe(`${path}:1:54: interactions.time`)
    // Not there itself: the nearest around it.
    expect(place(['users', 'attributes', 'age', 'column'])).toBe(`${path}:6:10: users.attributes.age.column`)
    expect(readMapping(mapping).place(['users', 'id'])).toBe('mapping: users.id')
  })

  it.each([
    ['an unknown key', `${interactions}user: {}\n`, /:2:1: user: unknown key$/, 'Did you mean "users"?'],
    [
      'an unknown key inside',
      interactions.replace('user:', 'usr:'),
      /:1:15: interactions\.user: .*\n.*:1:30: interactions\.usr: unknown key/s,
      'Did you mean "user"?',
    ],
    [
      'an unknown key of an attribute',
      `${interactions}users:\n  file: u.csv\n  id: u\n  attributes:\n    age:\n      bin: [1]\n`,
      /:7:7: users\.attributes\.age\.bin: unknown key$/,
      'Did you mean "bins"?',
    ],
    [
      'an unknown unit',
      interactions.replace('time: t', 'time: { column: t, unit: s }'),
      /:1:73: interactions\.time\.unit: /,
      '',
    ],
    [
      'bins that do not ascend',
      `${interactions}users: { file: u.csv, id: u, attributes: { age: { type: number, bins: [2, 1] } } }\n`,
      /:2:71: users\.attributes\.age\.bins: must be ascending/,
      '',
    ],
    [
      'bins of a category',
      `${interactions}users: { file: u.csv, id: u, attributes: { age: { bins: [2] } } }\n`,
      /bins: only an attribute of type number has bins/,
      '',
    ],
    [
      'an attribute that cannot be a file name',
      `${interactions}users: { file: u.csv, id: u, attributes: { ../age: {} } }\n`,
      /:2:\d+: users\.attributes\.\.\.\/age: /,
      '',
    ],
    ['no map', 'interactions\n', /:1:1: /, ''],
    ['an empty file', '', /:1:1: interactions: /, ''],
    ['broken YAML', 'interactions: {file: x\n', /:2:1: /, ''],
  ])('says where %s stands', async (_, text, message, hint) => {
    const path = await file(text)
    const error = failure(path)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'user' })
    expect(error.message.startsWith(path)).toBe(true)
    expect(error.message).toMatch(message)
    expect(error.hint ?? '').toBe(hint)
  })

  it('says which file it cannot read, and what is wrong with an object', () => {
    expect(failure(join(folder, 'none.yaml'))).toMatchObject({ code: 'FILE_UNREADABLE', kind: 'user' })
    const wrong = { interactions: { file: 'r.csv', user: 'u', item: 'i' } } as unknown as MappingInput
    expect(failure(wrong).message).toMatch(/^mapping: interactions\.time: /)
  })
})
