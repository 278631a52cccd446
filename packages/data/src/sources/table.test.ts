import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Rng, VeilrecError } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addDataset } from '../add-dataset.js'
import { sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import type { RawData } from '../raw-data.js'
import { loadDataset } from '../storage/load-dataset.js'
import type { MappingInput } from './mapping.js'
import { table, type TableOptions } from './table.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-table-'))
})
afterEach(() => rm(folder, { recursive: true }))

const ratings = 'user,item,rating,time\nb,x,5,10\na,y,3,20\nb,"x,1",4,15\n'
const interactions = { file: 'ratings.csv', user: 'user', item: 'item', time: 'time' } as const

function put(name: string, text: string | Uint8Array): Promise<void> {
  return writeFile(join(folder, name), text)
}

function read(
  mapping: TableOptions['mapping'],
  options: Partial<TableOptions> = {},
  from?: string,
): Promise<RawData> {
  return table.configure({ mapping, ...options }).read({
    rng: Rng.fromSeed(1),
    scratch: join(folder, 'scratch'),
    ...(from === undefined ? { from: folder } : from === '' ? {} : { from }),
  })
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  const thrown: unknown = await work.catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(VeilrecError)
  return thrown as VeilrecError
}

/** The interactions with the ids in the place of the numbers. */
function asIds({ userIds, itemIds, user, item, time }: RawData): [string, string, number][] {
  return Array.from(user, (u, row) => [userIds[u]!, itemIds[item[row]!]!, time[row]!])
}

describe('table', () => {
  it('reads rows in the order of the file; ids that no file lists come in the order of their characters', async () => {
    await put('ratings.csv', ratings)
    const raw = await read({ interactions })
    expect(raw.userIds).toEqual(['a', 'b'])
    expect(raw.itemIds).toEqual(['x', 'x,1', 'y'])
    expect(asIds(raw)).toEqual([
      ['b', 'x', 10],
      ['a', 'y', 20],
      ['b', 'x,1', 15],
    ])
    expect(raw).toMatchObject({ attributes: [], files: [{ name: 'ratings.csv', asPublished: null }] })
    expect(raw.itemTitles).toBeUndefined()
    expect(raw.belowMinRating).toBeUndefined()
    // printf 'user,item,rating,time\nb,x,5,10\na,y,3,20\nb,"x,1",4,15\n' | sha256sum
    expect(raw.files![0]!.sha256).toBe('213616a36fb8ea6dc56e0a5bcb4d09e3868568ce62e7f0ca560de656606e261f')
  })

  it('reads attributes, titles and properties; listed users and items come first', async () => {
    await put('ratings.csv', ratings)
    await put('users.tsv', 'id\tsex\tage\tcity\nz\tM\t17\tRom\nb\tF\t25\t?\n"q ""r"\tx\t\tRom\n')
    await put('items.csv', 'id,title,tags\ny,"Y, the ""item""",b|a|b\nx,,\n')
    const raw = await read({
      interactions,
      users: {
        file: 'users.tsv',
        id: 'id',
        attributes: {
          gender: { column: 'sex', classes: { M: 'man', F: 'woman', x: 'man' } },
          age: { type: 'number', bins: [18, 25] },
          city: { missing: ['?'] },
        },
      },
      items: {
        file: 'items.csv',
        id: 'id',
        title: 'title',
        properties: { tag: { column: 'tags', separator: '|' } },
      },
    })
    expect(raw.userIds).toEqual(['z', 'b', 'q "r', 'a'])
    expect(raw.attributes).toEqual([
      { name: 'gender', classes: ['man', 'woman'], codes: Int16Array.of(0, 1, 0, -1) },
      { name: 'age', classes: ['under 18', '18-24', '25 and over'], codes: Int16Array.of(0, 2, -1, -1) },
      { name: 'city', classes: ['Rom'], codes: Int16Array.of(0, -1, 0, -1) },
    ])
    expect(raw.itemIds).toEqual(['y', 'x', 'x,1'])
    expect(raw.itemTitles).toEqual(['Y, the "item"', 'x', 'x,1'])
    expect(raw.itemProperties).toEqual([
      { name: 'tag', values: ['b', 'a'], offsets: Int32Array.of(0, 2, 2, 2), codes: Int32Array.of(0, 1) },
    ])
    expect(asIds(raw)).toEqual([
      ['b', 'x', 10],
      ['a', 'y', 20],
      ['b', 'x,1', 15],
    ])
  })

  it('drops low ratings and counts them', async () => {
    await put('ratings.csv', ratings)
    const raw = await read({ interactions: { ...interactions, rating: 'rating' } }, { minRating: 4 })
    expect(asIds(raw)).toEqual([
      ['b', 'x', 10],
      ['b', 'x,1', 15],
    ])
    expect(raw.belowMinRating).toBe(1)
    expect((await failure(read({ interactions }, { minRating: 4 }))).message).toMatch(
      /minRating needs a column/,
    )
  })

  it('reads other delimiters and encodings, files without header, and none of the quotation marks', async () => {
    await put('r.dat', Buffer.from('J\u00fcrg::"x::10\nb::y::20\n', 'latin1'))
    const raw = await read({
      interactions: {
        file: 'r.dat',
        delimiter: '::',
        encoding: 'latin-1',
        quotes: false,
        columns: ['who', 'what', 'when'],
        user: 'who',
        item: 'what',
        time: 'when',
      },
    })
    expect(asIds(raw)).toEqual([
      ['J\u00fcrg', '"x', 10],
      ['b', 'y', 20],
    ])
  })

  it.each([
    ['seconds', '1717156800.5', 1717156800.5],
    ['milliseconds', '1717156800500', 1717156800.5],
    ['iso', '2024-05-31T12:00:00Z', 1717156800],
    ['iso', '2024-05-31 14:00:00.250+02:00', 1717156800.25],
    ['iso', '2024-05-31T12:00', 1717156800],
    ['iso', '2024-05-31', 1717113600],
  ] as const)('reads times in %s: %s', async (unit, text, seconds) => {
    await put('ratings.csv', `user,item,time\na,x,${text}\n`)
    const raw = await read({ interactions: { ...interactions, time: { column: 'time', unit } } })
    expect(Array.from(raw.time)).toEqual([seconds])
  })

  it.each([
    [
      'seconds',
      '1717156800500',
      /ratings\.csv:2: time: 1717156800500 is after the year 2099 in seconds.* 1 of 1 rows/,
      'milliseconds',
    ],
    [
      'milliseconds',
      '1717156800',
      /ratings\.csv:2: time: 1717156800 is before 1975 in milliseconds/,
      'seconds',
    ],
  ] as const)('finds out that %s are another unit: %s', async (unit, text, message, other) => {
    await put('ratings.csv', `user,item,time\na,x,${text}\n`)
    const mapping = { interactions: { ...interactions, time: { column: 'time', unit } } }
    for (const onBadRow of ['fail', 'skip'] as const) {
      const error = await failure(read(mapping, { onBadRow }))
      expect(error.code).toBe('DATA_TIME_UNIT')
      expect(error.message).toMatch(message)
      expect(error.hint).toContain(`are these ${other}?`)
    }
  })

  it.each(['2024-13-01', '31.05.2024', '2024-05-31 noon', 'infinity', ''])(
    'refuses %j for a time',
    async (text) => {
      await put('ratings.csv', `user,item,time\na,x,2024-05-31\na,y,${text}\n`)
      const error = await failure(
        read({ interactions: { ...interactions, time: { column: 'time', unit: 'iso' } } }),
      )
      expect(error).toMatchObject({ code: 'DATA_MALFORMED_ROW', details: { line: 3 } })
    },
  )

  it('counts lines past quoted delimiters, blank lines and skipped rows', async () => {
    await put('ratings.csv', 'user,item,time\n"a, b",x,1\n\n\n"c ""d""",y,2\n,x,3\na,y,late\n')
    const raw = await read({ interactions }, { onBadRow: 'skip' })
    expect(raw.userIds).toEqual(['a, b', 'c "d"'])
    expect(raw.skipped).toEqual({
      count: 2,
      examples: ['ratings.csv:6: user: the id is empty', 'ratings.csv:7: time: "late" is not a number'],
    })
  })

  it('counts every skipped row and shows five', async () => {
    await put('ratings.csv', `user,item,time\na,x,1\n${' b,x,2\n'.repeat(700)}`)
    const { skipped, user } = await read({ interactions }, { onBadRow: 'skip' })
    expect(user).toHaveLength(1)
    expect(skipped!.count).toBe(700)
    expect(skipped!.examples).toHaveLength(5)
    expect(skipped!.examples[4]).toBe('ratings.csv:7: user: " b" has white space at its beginning or end')
  })

  it('names the columns there are, the place in the mapping, and the nearest or the likely delimiter', async () => {
    await put('ratings.csv', ratings)
    await put('mapping.yaml', 'interactions:\n  file: ratings.csv\n  user: usr\n  item: item\n  time: time\n')
    const error = await failure(read(join(folder, 'mapping.yaml'), {}, ''))
    expect(error.message).toBe(
      `${join(folder, 'mapping.yaml')}:3:9: interactions.user: ${join(folder, 'ratings.csv')}:1 has no column "usr"; ` +
        'it has "user", "item", "rating", "time"',
    )
    expect(error.hint).toBe('did you mean "user"?')
    await put('ratings.csv', ratings.replaceAll(',', ';'))
    expect((await failure(read({ interactions }))).hint).toContain('";"')
  })

  it('takes the folder of the mapping where none is given, and asks for one where there is neither', async () => {
    await mkdir(join(folder, 'below'))
    await writeFile(join(folder, 'below', 'ratings.csv'), ratings)
    await put(
      'mapping.yaml',
      'interactions: { file: below/ratings.csv, user: user, item: item, time: time }\n',
    )
    expect((await read(join(folder, 'mapping.yaml'), {}, '')).user).toHaveLength(3)
    expect((await read({ interactions }, {}, join(folder, 'below'))).user).toHaveLength(3)
    expect((await failure(read({ interactions }, {}, ''))).code).toBe('DATA_FILES_MISSING')
  })

  it('refuses files of unknown format, and keys that a Parquet file has not', async () => {
    await put('ratings.gz', 'x')
    await put('ratings.parquet', 'x')
    const refused = async (more: object): Promise<string> =>
      (await failure(read({ interactions: { ...interactions, ...more } } as MappingInput))).message
    expect(await refused({ file: 'ratings.gz' })).toMatch(
      /^mapping: interactions\.file: the format of "ratings\.gz"/,
    )
    expect(await refused({ file: 'ratings.parquet', delimiter: ',' })).toMatch(
      /interactions\.delimiter: a Parquet/,
    )
    expect(await refused({ file: '.' })).toMatch(/is not a file/)
  })

  it('refuses an attribute with too many classes', async () => {
    await put('ratings.csv', ratings)
    await put('users.csv', `id,zip\n${Array.from({ length: 51 }, (_, i) => `u${i},${i}\n`).join('')}`)
    const error = await failure(
      read({ interactions, users: { file: 'users.csv', id: 'id', attributes: { zip: {} } } }),
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error.message).toMatch(
      /users\.attributes\.zip: .*users\.csv: zip cannot .* 51 different values \(at most 50\)/,
    )
  })

  it('reads what DuckDB wrote, as CSV and as Parquet, whatever is in the ids', async () => {
    // Spaces around, control characters and lone surrogates are malformed.
    const id = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter(
        (text) =>
          /^[^\s\p{Z}\p{C}]([^\p{C}\n]*[^\s\p{Z}\p{C}])?$/u.test(text) && !/[\u2028\u2029\u0085]/.test(text),
      )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(id, id, fc.nat(2_000_000_000)), { minLength: 1, maxLength: 12 }),
        async (rows) => {
          await withDuckDB(undefined, async (connection) => {
            const values = rows.map(([u, i, t]) => `(${sqlText(u)}, ${sqlText(i)}, ${t})`).join(', ')
            await connection.run(`CREATE TABLE t AS FROM (VALUES ${values}) t("user", item, "time")`)
            for (const file of ['ratings.csv', 'ratings.parquet']) {
              await connection.run(`COPY t TO ${sqlText(join(folder, file))}`)
            }
          })
          for (const file of ['ratings.csv', 'ratings.parquet']) {
            expect(asIds(await read({ interactions: { ...interactions, file } }))).toEqual(rows)
          }
        },
      ),
      { seed: 5, numRuns: 15 },
    )
  })

  it('keeps the order of 300,000 rows', async () => {
    const rng = Rng.fromSeed(4)
    const rows = Array.from({ length: 300_000 }, (_, row) => `u${rng.int(5000)},i${rng.int(900)},${row}\n`)
    await put('ratings.csv', `user,item,time\n${rows.join('')}`)
    const raw = await read({ interactions })
    expect(raw.time.every((time, row) => time === row)).toBe(true)
    for (const row of [0, 1, 2047, 2048, 122_879, 122_880, 299_999]) {
      expect(`${raw.userIds[raw.user[row]!]},${raw.itemIds[raw.item[row]!]},${row}\n`).toBe(rows[row])
    }
  })
})

describe('addDataset with a table', () => {
  it('stores fractions of seconds, and the mapping rather than its path', async () => {
    await put('ratings.csv', 'user,item,time\na,x,1717156800500\na,y,1717156800250\n')
    await put(
      'm.yaml',
      'interactions: { file: ratings.csv, user: user, item: item, time: { column: time, unit: milliseconds } }\n',
    )
    const home = join(folder, 'home')
    const options = { kCore: 1, mapping: join(folder, 'm.yaml') }
    const card = await addDataset({ name: 'mine', source: 'table', home, seed: 1, options })
    expect(card.options).toMatchObject({ mapping: { interactions: { file: 'ratings.csv', quotes: true } } })
    const { histories, itemIds } = await loadDataset(home, 'mine')
    expect(Array.from(histories.items, (item) => itemIds[item])).toEqual(['y', 'x'])
  })
})
