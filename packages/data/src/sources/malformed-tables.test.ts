import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { VeilrecError, type ErrorCode } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addDataset } from '../add-dataset.js'
import { sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import type { DatasetCard } from '../storage/dataset-card.js'

/** Rows of each file, header first. */
interface Files {
  readonly interactions: readonly (readonly string[])[]
  readonly users: readonly (readonly string[])[]
  readonly items: readonly (readonly string[])[]
}

const base: Files = {
  interactions: [
    ['user', 'item', 'rating', 'time'],
    ['u1', 'i1', '5', '1000'],
    ['u1', 'i2', '3', '2000'],
    ['u2', 'i1', '4', '1500'],
    ['Zoë K', 'ホビット', '1', '1200'],
    ['u2', 'i2', '2', '3000'],
  ],
  users: [
    ['user', 'sex', 'age'],
    ['u1', 'F', '25'],
    ['u2', 'M', '40'],
    ['Zoë K', '', '17'],
  ],
  items: [
    ['item', 'title', 'genre'],
    ['i1', 'One', 'Drama'],
    ['i2', 'Two, too', ''],
  ],
}
const sensitive = /hermaphrodite|\b4o\b/

type Part = keyof Files
type Write = (rows: readonly (readonly string[])[]) => string
/** Which file is changed, and what is in it then. */
type Edit = (files: Files, write: Write) => [Part, string | Uint8Array]

let folder: string
let home: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-malformed-'))
  home = join(folder, 'home')
  await mkdir(join(folder, 'from'))
})
afterEach(() => rm(folder, { recursive: true }))

function put(name: string, bytes: string | Uint8Array): Promise<void> {
  return writeFile(join(folder, 'from', name), bytes)
}

function leftBehind(): Promise<string[]> {
  return readdir(join(home, 'datasets')).catch(() => [])
}

/** A text format: how rows are written, the names of its files, and how they are added. */
interface Format {
  readonly write: (part: Part) => Write
  readonly files: Readonly<Record<Part, string>>
  readonly source: 'table' | 'recbole'
  readonly options: Readonly<Record<string, unknown>>
}

function tableFormat(ending: 'csv' | 'tsv', delimiter: string): Format {
  const quoted = (field: string): string =>
    field.includes(delimiter) || field.includes('"') ? `"${field.replaceAll('"', '""')}"` : field
  const file = (part: Part): string => `${part}.${ending}`
  return {
    write: () => (rows) => rows.map((row) => `${row.map(quoted).join(delimiter)}\n`).join(''),
    files: { interactions: file('interactions'), users: file('users'), items: file('items') },
    source: 'table',
    options: { mapping: mappingFor(file) },
  }
}

function mappingFor(file: (part: Part) => string): object {
  return {
    interactions: { file: file('interactions'), user: 'user', item: 'item', time: 'time', rating: 'rating' },
    users: {
      file: file('users'),
      id: 'user',
      attributes: {
        gender: { column: 'sex', classes: { F: 'female', M: 'male' } },
        age: { type: 'number', bins: [18, 35] },
      },
    },
    items: { file: file('items'), id: 'item', title: 'title', properties: { genre: {} } },
  }
}

const types: Readonly<Record<string, string>> = {
  rating: 'float',
  time: 'float',
  title: 'token_seq',
  age: 'float',
}
const recbole: Format = {
  write: () => (rows) =>
    rows
      .map(
        (row, r) =>
          `${row.map((name) => (r === 0 ? `${name}:${types[name] ?? 'token'}` : name)).join('\t')}\n`,
      )
      .join(''),
  files: { interactions: 'tiny.inter', users: 'tiny.user', items: 'tiny.item' },
  source: 'recbole',
  options: { user: 'user', item: 'item', time: 'time', bins: 'age:18,35' },
}

const formats: Readonly<Record<string, Format>> = {
  csv: tableFormat('csv', ','),
  tsv: tableFormat('tsv', '\t'),
  recbole,
}

async function add(format: Pick<Format, 'source' | 'options'>, extra: object = {}): Promise<DatasetCard> {
  const options = { kCore: 1, ...format.options, ...extra }
  return addDataset({
    name: 'tiny',
    source: format.source,
    from: join(folder, 'from'),
    home,
    seed: 1,
    options,
  })
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  const thrown: unknown = await work.then(
    () => new Error('no error was thrown'),
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(VeilrecError)
  return thrown as VeilrecError
}

/** Adding gives a data set, or an error of the user's that names the file, and then leaves nothing. */
async function acceptsOrNames(file: string, format: Pick<Format, 'source' | 'options'>): Promise<void> {
  const outcome = await add(format).then(
    () => ({ kind: 'user', message: file, left: ['tiny'] }),
    ({ kind, message }: VeilrecError) => ({ kind, message, left: [] }),
  )
  expect(outcome).toMatchObject({ kind: 'user', message: expect.stringContaining(file) as string })
  expect(await leftBehind()).toEqual(outcome.left)
}

/** The interactions with another row of this number (0 is the header). */
function row(number: number, fields: readonly string[], part: Part = 'interactions'): Edit {
  return (files, write) => [part, write(files[part].with(number, fields))]
}

/** One file as text, changed. */
function text(part: Part, edit: (written: string) => string | Uint8Array): Edit {
  return (files, write) => [part, edit(write(files[part]))]
}

type Case = [
  what: string,
  edit: Edit,
  code: ErrorCode,
  /** The line that must be named; none where the file as a whole is wrong. */
  line?: number,
  /** How many rows are left out when such rows are to be skipped; none where it is an error nevertheless. */
  skipped?: number,
]

const cases: readonly Case[] = [
  ['a row that is cut', row(2, ['u1', 'i2']), 'DATA_MALFORMED_ROW', 3, 1],
  ['a field too many', row(1, ['u1', 'i1', '5', '1000', 'x']), 'DATA_MALFORMED_ROW', 2, 1],
  ['an empty user', row(3, ['', 'i1', '4', '1500']), 'DATA_MALFORMED_ROW', 4, 1],
  ['an empty item', row(3, ['u2', '', '4', '1500']), 'DATA_MALFORMED_ROW', 4, 1],
  ['a user with a space before', row(1, [' u1', 'i1', '5', '1000']), 'DATA_MALFORMED_ROW', 2, 1],
  [
    'an item with a no-break space behind',
    row(1, ['u1', 'i1\u00a0', '5', '1000']),
    'DATA_MALFORMED_ROW',
    2,
    1,
  ],
  ['a control character in an id', row(5, ['u\u00002', 'i2', '2', '3000']), 'DATA_MALFORMED_ROW', 6, 1],
  ['a time in words', row(4, ['u1', 'i1', '1', 'noon']), 'DATA_MALFORMED_ROW', 5, 1],
  ['a time that is NaN', row(4, ['u1', 'i1', '1', 'NaN']), 'DATA_MALFORMED_ROW', 5, 1],
  ['an infinite time', row(4, ['u1', 'i1', '1', 'inf']), 'DATA_MALFORMED_ROW', 5, 1],
  ['no time', row(4, ['u1', 'i1', '1', '']), 'DATA_MALFORMED_ROW', 5, 1],
  ['a negative time', row(4, ['u1', 'i1', '1', '-5']), 'DATA_MALFORMED_ROW', 5, 1],
  ['one time in milliseconds', row(4, ['u1', 'i1', '1', '1600000000000']), 'DATA_MALFORMED_ROW', 5, 1],
  [
    'all times in milliseconds',
    (files, write) => [
      'interactions',
      write(files.interactions.map((r, i) => (i === 0 ? r : r.with(3, `${r[3]}000000000`)))),
    ],
    'DATA_TIME_UNIT',
    2,
  ],
  ['a rating in words', row(2, ['u1', 'i2', 'good', '2000']), 'DATA_MALFORMED_ROW', 3, 1],
  ['a user who is listed twice', row(2, ['u1', 'M', '40'], 'users'), 'DATA_MALFORMED_ROW', 3],
  ['an item that is listed twice', row(2, ['i1', 'Two', ''], 'items'), 'DATA_MALFORMED_ROW', 3],
  ['a number attribute in words', row(2, ['u2', 'M', '4o'], 'users'), 'DATA_MALFORMED_ROW', 3, 1],
  ['a user row that is cut', row(3, ['Zoë K'], 'users'), 'DATA_MALFORMED_ROW', 4, 1],
  ['an item without an id', row(1, ['', 'One', 'Drama'], 'items'), 'DATA_MALFORMED_ROW', 2, 1],
  ['a column that is missing', row(0, ['user', 'thing', 'rating', 'time']), 'CONFIG_INVALID', 1],
  ['an attribute column that is missing', row(0, ['user', 'sex', 'years'], 'users'), 'CONFIG_INVALID', 1],
  ['a column that is there twice', row(0, ['user', 'item', 'time', 'time']), 'CONFIG_INVALID', 1],
  ['an empty file', text('interactions', () => ''), 'DATA_EMPTY'],
  ['an empty file of users', text('users', () => ''), 'DATA_EMPTY'],
  ['only a header', text('interactions', (all) => all.split('\n')[0]!), 'DATA_EMPTY'],
  ['invalid UTF-8', text('interactions', (all) => Buffer.from(all, 'latin1')), 'DATA_MALFORMED_ROW', 5],
  ['UTF-16', text('interactions', (all) => Buffer.from(all, 'utf16le')), 'DATA_MALFORMED_ROW'],
  [
    'binary junk',
    text('interactions', () => Buffer.from(Array.from({ length: 900 }, (_, i) => (i * i * 7919) & 255))),
    'DATA_MALFORMED_ROW',
    1,
  ],
  ['a line of 3 MB', text('interactions', (all) => `${all}${'x'.repeat(3e6)}\n`), 'DATA_MALFORMED_ROW', 7],
]

const noHeader = text('interactions', (all) => all.slice(all.indexOf('\n') + 1))

/** What only RecBole's files have: types of columns. */
const typeCases: readonly Case[] = [
  ['no header', noHeader, 'DATA_MALFORMED_ROW', 1],
  [
    'a column without a type',
    text('interactions', (all) => all.replace('rating:float', 'rating')),
    'DATA_MALFORMED_ROW',
    1,
  ],
  [
    'a column of an unknown type',
    text('users', (all) => all.replace('age:float', 'age:real')),
    'DATA_MALFORMED_ROW',
    1,
  ],
]

/** What only the other files have: quotation marks, and attributes with declared classes. */
const quoteCases: readonly Case[] = [
  ['no header', noHeader, 'CONFIG_INVALID', 1],
  [
    'a quotation mark that is not closed',
    text('interactions', (all) => all.replace('u1', '"u1')),
    'DATA_MALFORMED_ROW',
    2,
    1,
  ],
  [
    'text behind a closing quotation mark',
    text('interactions', (all) => all.replace('u1', '"u"1')),
    'DATA_MALFORMED_ROW',
    2,
    1,
  ],
  [
    'a line break in quotation marks',
    text('items', (all) => all.replace('One', '"On\ne"')),
    'DATA_MALFORMED_ROW',
    2,
    2,
  ],
  ['an unknown class', row(2, ['u2', 'hermaphrodite', '40'], 'users'), 'DATA_MALFORMED_ROW', 3, 1],
]

describe.each(Object.entries(formats))('malformed %s files', (name, format) => {
  async function putAll(edit?: Edit): Promise<string> {
    for (const part of ['interactions', 'users', 'items'] as const) {
      await put(format.files[part], format.write(part)(base[part]))
    }
    if (edit === undefined) return ''
    const [part] = edit(base, (rows) => format.write('items')(rows))
    const [, bytes] = edit(base, format.write(part))
    await put(format.files[part], bytes)
    return format.files[part]
  }

  const all = [...cases, ...(name === 'recbole' ? typeCases : quoteCases)]

  it('are at least twenty', () => expect(all.length).toBeGreaterThanOrEqual(20))

  it.each<Case>(all)('%s', async (_, edit, code, line) => {
    const file = await putAll(edit)
    const error = await failure(add(format))
    expect(error.message).toContain(join(folder, 'from', file) + (line === undefined ? '' : `:${line}`))
    expect(error).toMatchObject({ code, kind: 'user' })
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toMatch(sensitive)
    expect(await leftBehind()).toEqual([])
  })

  it.each<Case>(all.filter((one) => one[4] !== undefined))('skipped on request: %s', async (...one) => {
    const [, edit, , line, skipped] = one
    const file = await putAll(edit)
    const card = await add(format, { onBadRow: 'skip' })
    expect(card.skipped.count).toBe(skipped)
    expect(card.skipped.examples).toHaveLength(skipped!)
    expect(card.skipped.examples[0]).toMatch(new RegExp(`^${file.replace('.', '[.]')}:${line}: `))
    expect(card.skipped.examples.join()).not.toMatch(sensitive)
  })

  it.each<Case>(all.filter((one) => one[4] === undefined))('never skipped: %s', async (_, edit, code) => {
    await putAll(edit)
    expect((await failure(add(format, { onBadRow: 'skip' }))).code).toBe(code)
    expect(await leftBehind()).toEqual([])
  })

  it('refuse a file that is missing', async () => {
    await putAll()
    await rm(join(folder, 'from', format.files.interactions))
    const error = await failure(add(format))
    expect(error).toMatchObject({ code: 'DATA_FILES_MISSING', kind: 'user' })
    expect(error.message).toContain(name === 'recbole' ? '.inter' : format.files.interactions)
    expect(await leftBehind()).toEqual([])
  })

  it('but not a byte order mark, Windows line ends, blank lines or a missing last line end', async () => {
    await putAll()
    const { contentSha256, counts } = await add(format)
    expect(counts).toEqual({ users: 3, items: 3, interactions: 5 })
    const same: ((written: string) => string)[] = [
      (written) => `\ufeff${written}`,
      (written) => written.replaceAll('\n', '\r\n'),
      (written) => written.replaceAll('\n', '\n\n'),
      (written) => written.slice(0, -1),
    ]
    for (const edit of same) {
      await rm(home, { recursive: true })
      for (const part of ['interactions', 'users', 'items'] as const) {
        await put(format.files[part], edit(format.write(part)(base[part])))
      }
      expect((await add(format)).contentSha256).toBe(contentSha256)
    }
  })

  it('whatever bytes are changed: an error that names the file, or a data set', async () => {
    const written = Buffer.from(format.write('interactions')(base.interactions))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(written.length - 1),
        fc.nat(8),
        fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom('"', '\n', '\r', ',', '\t', '\0', '\u2028').map((c) => Buffer.from(c)),
        ),
        async (at, removed, inserted) => {
          await rm(home, { recursive: true, force: true })
          await putAll()
          await put(
            format.files.interactions,
            Buffer.concat([written.subarray(0, at), inserted, written.subarray(at + removed)]),
          )
          await acceptsOrNames(format.files.interactions, format)
        },
      ),
      { seed: 3, numRuns: 20 },
    )
  })
})

/** Parquet ends with the length of its footer (4 bytes) and the letters PAR1. */
function footerStart(file: Buffer): number {
  return file.length - 8 - file.readUInt32LE(file.length - 8)
}

describe('malformed Parquet files', () => {
  const files = { interactions: 'interactions.parquet', users: 'users.parquet', items: 'items.parquet' }
  const format = { source: 'table', options: { mapping: mappingFor((part) => files[part]) } } as const
  const values: Readonly<Record<Part, string>> = {
    interactions: `FROM (VALUES ('u1', 'i1', 5.0, 1000), ('u1', 'i2', 3.0, 2000), ('u2', 'i1', 4.0, 1500), ('Zoë K', 'ホビット', 1.0, 1200)) t("user", item, rating, "time")`,
    users: `FROM (VALUES ('u1', 'F', 25), ('u2', 'M', 40), ('Zoë K', NULL, 17)) t("user", sex, age)`,
    items: `FROM (VALUES ('i1', 'One', ['Drama', 'War']), ('i2', 'Two', [])) t(item, title, genre)`,
  }

  async function write(part: Part, query: string): Promise<void> {
    await withDuckDB(undefined, async (connection) => {
      await connection.run(
        `COPY (${query}) TO ${sqlText(join(folder, 'from', files[part]))} (FORMAT parquet)`,
      )
    })
  }

  async function putAll(): Promise<void> {
    for (const part of ['interactions', 'users', 'items'] as const) await write(part, values[part])
  }

  const replacing = (columns: string, part: Part = 'interactions'): string =>
    `SELECT * REPLACE (${columns}) ${values[part]}`

  it.each<[what: string, part: Part, query: string, code: ErrorCode, message: string, skipped?: number]>([
    [
      'no user',
      'interactions',
      replacing(`nullif("user", 'u2') AS "user"`),
      'DATA_MALFORMED_ROW',
      ': row 3: user: the id is empty',
      1,
    ],
    [
      'an empty item',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN '' ELSE item END AS item`),
      'DATA_MALFORMED_ROW',
      ': row 2: item: the id is empty',
      1,
    ],
    [
      'white space around an id',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN 'i2 ' ELSE item END AS item`),
      'DATA_MALFORMED_ROW',
      ': row 2: item: "i2 "',
      1,
    ],
    [
      'a control character',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN 'i' || chr(10) ELSE item END AS item`),
      'DATA_MALFORMED_ROW',
      ': row 2: item: ',
      1,
    ],
    [
      'no time',
      'interactions',
      replacing(`nullif("time", 1500) AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 3: time: nothing is not',
      1,
    ],
    [
      'a time that is NaN',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN 'nan'::DOUBLE ELSE "time" END AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 2: time: ',
      1,
    ],
    [
      'an infinite time',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN 'inf'::DOUBLE ELSE "time" END AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 2: time: ',
      1,
    ],
    [
      'a negative time',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN -1 ELSE "time" END AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 2: time: "-1" is before 1970',
      1,
    ],
    [
      'one time in milliseconds',
      'interactions',
      replacing(`CASE WHEN item = 'i2' THEN 1600000000000 ELSE "time" END AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 2: time: "1600000000000" is after',
      1,
    ],
    [
      'all times in milliseconds',
      'interactions',
      replacing(`"time"::BIGINT * 1000000000 AS "time"`),
      'DATA_TIME_UNIT',
      ': row 1: time: ',
    ],
    [
      'times in words',
      'interactions',
      replacing(`'noon' AS "time"`),
      'DATA_MALFORMED_ROW',
      ': row 1: time: "noon"',
    ],
    ['truth values for times', 'interactions', replacing(`true AS "time"`), 'CONFIG_INVALID', 'BOOLEAN'],
    [
      'no rating',
      'interactions',
      replacing(`nullif(rating, 4) AS rating`),
      'DATA_MALFORMED_ROW',
      ': row 3: rating: nothing',
      1,
    ],
    ['fractions for ids', 'interactions', replacing(`1.0::DOUBLE AS "user"`), 'CONFIG_INVALID', 'DOUBLE'],
    ['lists for ids', 'interactions', replacing(`[item] AS item`), 'CONFIG_INVALID', 'VARCHAR[]'],
    [
      'a column that is missing',
      'interactions',
      `SELECT * EXCLUDE (item) ${values.interactions}`,
      'CONFIG_INVALID',
      'no column "item"',
    ],
    [
      'no rows',
      'interactions',
      `SELECT * ${values.interactions} WHERE false`,
      'DATA_EMPTY',
      ': the file holds no interaction',
    ],
    [
      'a user twice',
      'users',
      replacing(`'u1' AS "user"`, 'users'),
      'DATA_MALFORMED_ROW',
      ': row 2: user: "u1" occurs a second time',
    ],
    [
      'an item twice',
      'items',
      replacing(`'i1' AS item`, 'items'),
      'DATA_MALFORMED_ROW',
      ': row 2: item: "i1" occurs',
    ],
    [
      'an unknown class',
      'users',
      replacing(`CASE WHEN "user" = 'u2' THEN 'hermaphrodite' ELSE sex END AS sex`, 'users'),
      'DATA_MALFORMED_ROW',
      ': row 2: gender: the value',
      1,
    ],
    [
      'a number in words',
      'users',
      replacing(`CASE WHEN "user" = 'u2' THEN '4o' ELSE '5' END AS age`, 'users'),
      'DATA_MALFORMED_ROW',
      ': row 2: age: the value',
      1,
    ],
    [
      'a user without id',
      'users',
      replacing(`nullif("user", 'u2') AS "user"`, 'users'),
      'DATA_MALFORMED_ROW',
      ': row 2: user: the id is empty',
      1,
    ],
  ])('%s', async (_, part, query, code, message, skipped = 0) => {
    await putAll()
    await write(part, query)
    const error = await failure(add(format))
    expect(error.message).toContain(join(folder, 'from', files[part]))
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ code, kind: 'user' })
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toMatch(sensitive)
    expect(await leftBehind()).toEqual([])
    const counted = await add(format, { onBadRow: 'skip' }).then(
      (card) => card.skipped.count,
      () => 0,
    )
    expect(counted).toBe(skipped)
  })

  it.each<[what: string, bytes: (good: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('user,item\n1,2\n')],
    ['cut', (good) => good.subarray(0, good.length >> 1)],
    ['without its end', (good) => good.subarray(0, -4)],
    ['without its beginning', (good) => good.subarray(4)],
    [
      'with a footer of 2 GB',
      (good) => Buffer.concat([good.subarray(0, -8), Buffer.from([255, 255, 255, 127]), good.subarray(-4)]),
    ],
    [
      'with a footer of nonsense',
      (good) => Buffer.from(good).fill(255, footerStart(good), footerStart(good) + 20),
    ],
  ])('a file that is %s', async (_, bytes) => {
    await putAll()
    await put(files.interactions, bytes(await readFile(join(folder, 'from', files.interactions))))
    const error = await failure(add(format))
    expect(error).toMatchObject({ code: 'DATA_UNREADABLE', kind: 'user' })
    expect(error.message).toContain(join(folder, 'from', files.interactions))
    expect(await leftBehind()).toEqual([])
  })

  it('but not lists for properties, missing values of attributes, and timestamps', async () => {
    await putAll()
    const card = await add(format)
    expect(card.counts).toEqual({ users: 3, items: 3, interactions: 4 })
    expect(card.attributes.map(({ missing }) => missing)).toEqual([1, 0])
    expect(card.itemProperties).toEqual([{ name: 'genre', values: 2, missing: 2 }])
    await rm(home, { recursive: true })
    await write('interactions', replacing(`to_timestamp("time")::TIMESTAMP AS "time"`))
    expect((await add(format)).contentSha256).toBe(card.contentSha256)
  })

  it('whatever bytes are changed: an error that names the file, or a data set', async () => {
    await putAll()
    const written = await readFile(join(folder, 'from', files.interactions))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(written.length - 1),
        fc.nat(4),
        fc.uint8Array({ maxLength: 4 }),
        async (at, removed, inserted) => {
          await rm(home, { recursive: true, force: true })
          await put(
            files.interactions,
            Buffer.concat([written.subarray(0, at), inserted, written.subarray(at + removed)]),
          )
          await acceptsOrNames(files.interactions, format)
        },
      ),
      { seed: 3, numRuns: 20 },
    )
  })
})
