import { access, constants } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError, type UserAttribute } from '@veilrec/core'
import type { z } from 'zod'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import type { RawData } from '../raw-data.js'
import { defineSource, filterOptionsSchema, type Licence } from './dataset-source.js'
import { attributeFields } from './movielens-1m-attributes.js'
import { NumberList } from './number-list.js'
import { readLines, type LineFormat } from './read-lines.js'

/** Options of {@link movielens1m}. */
export const movielens1mOptionsSchema = filterOptionsSchema

/** Options of {@link movielens1m} as given, before defaults. */
export type Movielens1mOptions = z.input<typeof movielens1mOptionsSchema>

const licence: Licence = {
  notice:
    'MovieLens 1M, GroupLens, University of Minnesota: research use; no redistribution and no commercial use without ' +
    'permission; cite Harper and Konstan, ACM TiiS 5(4), 2015, https://doi.org/10.1145/2827872.',
  page: 'https://grouplens.org/datasets/movielens/1m/',
}

const lines = { separator: '::', encoding: 'latin-1' } as const

const usersFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'UserID', form: 'id' },
    { name: 'Gender', form: attributeFields[0].codes, sensitive: true },
    { name: 'Age', form: attributeFields[1].codes, sensitive: true },
    { name: 'Occupation', form: attributeFields[2].codes, sensitive: true },
    { name: 'Zip-code', form: 'text', sensitive: true },
  ],
}

const moviesFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'MovieID', form: 'id' },
    { name: 'Title', form: 'text' },
    { name: 'Genres', form: 'text' },
  ],
}

const ratingsFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'UserID', form: 'id' },
    { name: 'MovieID', form: 'id' },
    { name: 'Rating', form: ['1', '2', '3', '4', '5'] },
    { name: 'Timestamp', form: 'time' },
  ],
}

const fileNames = ['users.dat', 'movies.dat', 'ratings.dat'] as const

/**
 * MovieLens 1M as published: `users.dat`, `movies.dat` and `ratings.dat` with the separator `::`, in Latin-1.
 *
 * Every rating is an interaction, whatever its value. Attributes are gender (2 classes), age (7 bands) and occupation
 * (21). The zip code is not read: nearly 3,500 different ones among 6,040 users point at single people, and no class
 * is large enough to be attacked or measured. A rating of a user or film that the other two files do not list is kept;
 * the user then has no attribute value and the film its id as title.
 *
 * Errors: `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with `file:line`), `DATA_UNREADABLE`.
 */
export const movielens1m = defineSource(
  'ml-1m',
  licence,
  movielens1mOptionsSchema,
  async ({ from, signal }) => {
    const paths = await findFiles(from)
    return withDuckDB(signal, (connection) => read(connection, paths))
  },
)

/** Paths of {@link fileNames}, or an error that names what is missing and where to get it. */
async function findFiles(from: string | undefined): Promise<string[]> {
  const hint = `download ml-1m.zip from ${licence.page}, unpack it, and give its folder with --from`
  if (from === undefined) {
    throw new VeilrecError(
      'DATA_FILES_MISSING',
      `the source "ml-1m" needs the folder that holds ${fileNames.join(', ')}`,
      { expected: fileNames },
      hint,
    )
  }
  const paths = fileNames.map((name) => join(resolve(from), name))
  const missing: string[] = []
  for (const path of paths) await access(path, constants.R_OK).catch(() => missing.push(basename(path)))
  if (missing.length === 0) return paths
  throw new VeilrecError(
    'DATA_FILES_MISSING',
    `${resolve(from)}: cannot read ${missing.join(', ')}; expected are ${fileNames.join(', ')}`,
    { folder: resolve(from), missing, expected: fileNames },
    hint,
  )
}

async function read(
  connection: DuckDBConnection,
  [users, movies, ratings]: readonly string[],
): Promise<RawData> {
  const userNumbers = new Map<number, number>()
  const codes = attributeFields.map(() => new NumberList(Int16Array))
  const codeOf = attributeFields.map(
    ({ codes: values }) => new Map<string, number>(values.map((v, code) => [v, code])),
  )
  await readLines(connection, users!, usersFormat, ([id, ...values], line) => {
    number(userNumbers, id as number, users!, line)
    codes.forEach((list, a) => list.push(codeOf[a]!.get(values[a] as string)!))
  })

  const itemNumbers = new Map<number, number>()
  const itemTitles: string[] = []
  await readLines(connection, movies!, moviesFormat, ([id, title], line) => {
    number(itemNumbers, id as number, movies!, line)
    itemTitles.push(title as string)
  })

  const user = new NumberList(Int32Array)
  const item = new NumberList(Int32Array)
  const time = new NumberList(Float64Array)
  await readLines(connection, ratings!, ratingsFormat, ([userId, itemId, , timestamp]) => {
    user.push(numberOf(userNumbers, userId as number, () => codes.forEach((list) => list.push(-1))))
    item.push(numberOf(itemNumbers, itemId as number, () => itemTitles.push(String(itemId))))
    time.push(timestamp as number)
  })

  const attributes = attributeFields.map(({ name, classes }, a): UserAttribute => ({
    name,
    classes,
    codes: codes[a]!.values(),
  }))
  return {
    userIds: Array.from(userNumbers.keys(), String),
    itemIds: Array.from(itemNumbers.keys(), String),
    itemTitles,
    attributes,
    user: user.values(),
    item: item.values(),
    time: time.values(),
  }
}

/** Gives a new id the next number; an id that has one already is an error. */
function number(numbers: Map<number, number>, id: number, path: string, line: number): void {
  if (numbers.has(id)) {
    throw new VeilrecError(
      'DATA_MALFORMED_ROW',
      `${path}:${line}: the id ${id} occurs a second time`,
      { file: basename(path), line, id },
      'keep one line per id',
    )
  }
  numbers.set(id, numbers.size)
}

/** The number of an id; an unknown id gets the next one, and `added` is told. */
function numberOf(numbers: Map<number, number>, id: number, added: () => void): number {
  let known = numbers.get(id)
  if (known === undefined) {
    known = numbers.size
    numbers.set(id, known)
    added()
  }
  return known
}
