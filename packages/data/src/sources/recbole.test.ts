import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rng, type VeilrecError } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawData } from '../raw-data.js'
import { recbole, type RecboleOptions } from './recbole.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-recbole-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(name: string, rows: readonly string[]): Promise<void> {
  await writeFile(join(folder, name), rows.map((row) => `${row.replaceAll(' | ', '\t')}\n`).join(''))
}

function read(options: RecboleOptions = {}): Promise<RawData> {
  return recbole
    .configure(options)
    .read({ from: folder, rng: Rng.fromSeed(1), scratch: join(folder, 'scratch') })
}

async function failure(options: RecboleOptions = {}): Promise<VeilrecError> {
  return read(options).then(
    () => Promise.reject(new Error('no error was thrown')),
    (error: unknown) => error as VeilrecError,
  )
}

const inter = [
  'user_id:token | item_id:token | rating:float | timestamp:float',
  '1 | x | 5 | 100',
  '1 | y | 2.0 | 200.0',
  '2 | x | 3 | 150',
]

describe('recbole', () => {
  it('reads interactions alone', async () => {
    await put('tiny.inter', inter)
    const raw = await read({ minRating: 3 })
    expect(raw).toMatchObject({ userIds: ['1', '2'], itemIds: ['x', 'y'], attributes: [], belowMinRating: 1 })
    expect(Array.from(raw.time)).toEqual([100, 150])
    expect(raw.notes).toBeUndefined()
  })

  it('guesses attributes, the title and properties, and takes quotation marks as they are', async () => {
    await put('tiny.inter', inter)
    await put('tiny.user', [
      'user_id:token | age:token | gender:token | income:float | zip:token | hobbies:token_seq',
      ...Array.from(
        { length: 60 },
        (_, u) => `${u + 1} | ${u % 25} | ${u % 2 ? 'F' : 'M'} | ${u}.5 | z${u} | a b`,
      ),
    ])
    await put('tiny.item', [
      'item_id:token | movie_title:token_seq | year:token | class:token_seq | price:float',
      'x | "One" & only | 1999 | War Drama | 3.5',
      'y |  |  |  | ',
    ])
    const raw = await read()
    expect(raw.attributes.map(({ name, classes }) => [name, classes.length])).toEqual([
      ['age', 4],
      ['gender', 2],
      ['income', 4],
    ])
    expect(raw.attributes[0]!.classes).toEqual(['under 5', '5-9', '10-16', '17 and over'])
    expect(raw.notes!.join('\n')).toMatch(
      /^hobbies: left out, as a token_seq .*\nage: numbers, put into four .*bins.*\nzip: left out, as it has 60 different/,
    )
    expect(raw.itemTitles).toEqual(['"One" & only', 'y'])
    expect(raw.itemProperties!.map(({ name, values }) => [name, values])).toEqual([
      ['year', ['1999']],
      ['class', ['War', 'Drama']],
    ])
    expect(raw.files!.map(({ name }) => name)).toEqual(['tiny.user', 'tiny.item', 'tiny.inter'])
  })

  it('takes chosen attributes, bins, title, properties and columns, as text or as lists', async () => {
    await put('a.inter', inter.with(0, 'who:token | what:token | stars:float | when:float'))
    await put('b.inter', inter)
    await put('a.user', ['who:token | age:token | job:token', '1 | 17 | x', '2 | 30 | '])
    await put('a.item', ['what:token | label:token | tags:token_seq', 'x | One | p q', 'y | Two | '])
    const options: RecboleOptions = { dataset: 'a', user: 'who', item: 'what', time: 'when', rating: 'stars' }
    const raw = await read({
      ...options,
      bins: 'age:18,25',
      attributes: 'job',
      title: 'label',
      properties: 'tags',
    })
    expect(raw.attributes).toEqual([
      { name: 'job', classes: ['x'], codes: Int16Array.of(0, -1) },
      { name: 'age', classes: ['under 18', '18-24', '25 and over'], codes: Int16Array.of(0, 2) },
    ])
    expect(raw.itemTitles).toEqual(['One', 'Two'])
    expect(raw.itemProperties!.map(({ name }) => name)).toEqual(['tags'])
    const lists = await read({ ...options, bins: { age: [18, 25] }, attributes: ['job'], title: 'label' })
    expect(lists.attributes).toEqual(raw.attributes)
  })

  it('says what is wrong with options and files', async () => {
    expect((await failure()).message).toMatch(/there is no file that ends in \.inter/)
    await put('a.inter', inter)
    await put('b.inter', inter)
    expect(await failure()).toMatchObject({
      code: 'DATA_FILES_MISSING',
      hint: 'name one of them with the option dataset, such as dataset=a',
    })
    expect((await failure({ dataset: 'c' })).message).toMatch(/no c\.inter; there is a\.inter, b\.inter$/)
    await put('a.user', ['user_id:token | zip:token', ...Array.from({ length: 51 }, (_, u) => `${u} | ${u}`)])
    expect((await failure({ dataset: 'a', attributes: 'zip' })).message).toMatch(
      /^a\.user attributes zip: .*a\.user: zip cannot be an attribute: it has 51/,
    )
    expect((await failure({ dataset: 'a', attributes: 'zp' })).message).toMatch(
      /a\.user:1 has no column "zp"; it has/,
    )
    expect(() => recbole.configure({ bins: 'age' })).toThrow(/bins: not of the form age:18/)
    expect(() => recbole.configure({ bins: 'age:2,1' })).toThrow(/bins.*ascending/)
    expect(() => recbole.configure({ user: '' })).toThrow(/user/)
  })
})

const realData = process.env['VEILREC_TEST_DATA']

describe('recbole on MovieLens 100K in its form', () => {
  it.skipIf(!realData)('has the published counts and the attributes one would choose', async () => {
    const original = (file: string): Promise<string> => readFile(join(realData!, 'ml-100k', file), 'latin1')
    await writeFile(
      join(folder, 'ml-100k.inter'),
      `user_id:token\titem_id:token\trating:float\ttimestamp:float\n${await original('u.data')}`,
    )
    await writeFile(
      join(folder, 'ml-100k.user'),
      `user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n${(await original('u.user')).replaceAll('|', '\t')}`,
    )
    const raw = await read()
    expect([raw.userIds.length, raw.itemIds.length, raw.user.length]).toEqual([943, 1682, 100_000])
    expect(raw.attributes.map(({ name, classes }) => [name, classes.length])).toEqual([
      ['age', 4],
      ['gender', 2],
      ['occupation', 21],
    ])
    expect(raw.notes).toHaveLength(2)
    expect(raw.notes![1]).toBe('zip_code: left out, as it has 795 different values (at most 50)')
  })
})
