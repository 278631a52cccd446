import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { BadRows } from './bad-rows.js'
import { defineSource, ratingOptionsSchema, type Licence } from './dataset-source.js'
import { ageBandNames, ageBandOf, occupations100k } from './movielens-attributes.js'
import { ratingForm, readMovielens, type UsersLayout } from './movielens-reader.js'
import { findPublishedFiles, type PublishedSet } from './published-set.js'
import { readLines, type Field, type LineFormat } from './read-lines.js'

const page = 'https://grouplens.org/datasets/movielens/100k/'

const licence: Licence = {
  notice:
    'MovieLens 100K, GroupLens, University of Minnesota: research use; no redistribution and no commercial use without ' +
    'permission; cite Harper and Konstan, ACM TiiS 5(4), 2015, https://doi.org/10.1145/2827872.',
  page,
}

const published: PublishedSet<'u.user' | 'u.item' | 'u.genre' | 'u.data'> = {
  source: 'ml-100k',
  archive: 'ml-100k.zip',
  page,
  files: {
    'u.user': { sha256: 'f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c' },
    'u.item': { sha256: '553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701' },
    'u.genre': { sha256: '9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb' },
    'u.data': { sha256: '06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490' },
  },
}

const lines = { separator: '|', encoding: 'latin-1' } as const
const genders = ['F', 'M'] as const
const numGenres = 19
/** Number of fields of `u.item` before the genres. */
const firstGenre = 5

const userFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'user id', form: 'id' },
    { name: 'age', form: 'age', sensitive: true },
    { name: 'gender', form: genders, sensitive: true },
    { name: 'occupation', form: occupations100k, sensitive: true },
    { name: 'zip code', form: 'text', sensitive: true },
  ],
}

/** What `u.user` says of the users. */
export const users100k: UsersLayout = {
  format: userFormat,
  attributes: [
    { name: 'gender', classes: genders, codeOf: (values) => genders.indexOf(values[2] as 'F' | 'M') },
    { name: 'age', classes: ageBandNames, codeOf: (values) => ageBandOf(values[1] as number) },
    {
      name: 'occupation',
      classes: occupations100k,
      codeOf: (values) => occupations100k.indexOf(values[3] as string),
    },
  ],
}

const itemFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'movie id', form: 'id' },
    { name: 'movie title', form: 'text' },
    { name: 'release date', form: 'text' },
    { name: 'video release date', form: 'text' },
    { name: 'IMDb URL', form: 'text' },
    ...Array.from({ length: numGenres }, (_, genre): Field => ({ name: `genre ${genre}`, form: ['0', '1'] })),
  ],
}

const genreFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'genre', form: 'text' },
    { name: 'number', form: Array.from({ length: numGenres }, (_, genre) => String(genre)) },
  ],
}

const dataFormat: LineFormat = {
  ...lines,
  separator: '\t',
  fields: [
    { name: 'user id', form: 'id' },
    { name: 'item id', form: 'id' },
    { name: 'rating', form: ratingForm },
    { name: 'timestamp', form: 'time' },
  ],
}

/**
 * MovieLens 100K as published: `u.user`, `u.item` and `u.genre` with the separator `|`, `u.data` with tabs, in Latin-1.
 *
 * Every rating is an interaction, whatever its value, unless `minRating` says otherwise. Attributes are gender (2
 * classes), age (the 7 bands of MovieLens 1M, so that both sets can be compared) and occupation (21). The item property
 * `genre` has 18 values; the publisher's nineteenth, `unknown`, is the absence of one. The zip code is not read, see
 * `ml-1m`.
 *
 * Errors: `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with `file:line`), `DATA_UNREADABLE`, `DATA_EMPTY`.
 */
export const movielens100k = defineSource(
  'ml-100k',
  licence,
  ratingOptionsSchema,
  async ({ from, signal }, { onBadRow, minRating = -Infinity }) => {
    const { paths, files } = await findPublishedFiles(published, from, signal)
    const raw = await withDuckDB(signal, async (connection) => {
      const genres = await readGenres(connection, paths['u.genre'])
      return readMovielens(
        connection,
        {
          users: { path: paths['u.user'], ...users100k },
          movies: {
            path: paths['u.item'],
            format: itemFormat,
            genresOf: (values) =>
              genres.filter((name, genre) => name !== 'unknown' && values[firstGenre + genre] === '1'),
          },
          ratings: { path: paths['u.data'], format: dataFormat },
        },
        minRating,
        new BadRows(onBadRow),
      )
    })
    return { ...raw, files }
  },
)

/** Names of the genres by number. A gap would give films the wrong genres, so here no line can be skipped. */
async function readGenres(connection: DuckDBConnection, path: string): Promise<string[]> {
  const names: string[] = []
  const bad = new BadRows('fail')
  await readLines(connection, path, genreFormat, bad, ([name, number], line) => {
    if (names[Number(number)] !== undefined) {
      bad.add({
        path,
        line,
        problem: `the number ${number} occurs a second time`,
        hint: 'get the file again',
      })
    }
    names[Number(number)] = name as string
  })
  for (let genre = 0; genre < numGenres; genre++) {
    if (names[genre] !== undefined) continue
    throw new VeilrecError(
      'DATA_UNREADABLE',
      `${path}: no line has the number ${genre}`,
      { path, genre },
      'get the file again',
    )
  }
  return names
}
