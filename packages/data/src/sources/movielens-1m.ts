import { withDuckDB } from '../duckdb/with-duckdb.js'
import { BadRows } from './bad-rows.js'
import { defineSource, ratingOptionsSchema, type Licence } from './dataset-source.js'
import { attributes1m } from './movielens-attributes.js'
import { ratingForm, readMovielens, type UsersLayout } from './movielens-reader.js'
import { findPublishedFiles, type PublishedSet } from './published-set.js'
import type { LineFormat } from './read-lines.js'

const page = 'https://grouplens.org/datasets/movielens/1m/'

const licence: Licence = {
  notice:
    'MovieLens 1M, GroupLens, University of Minnesota: research use; no redistribution and no commercial use without ' +
    'permission; cite Harper and Konstan, ACM TiiS 5(4), 2015, https://doi.org/10.1145/2827872.',
  page,
}

const published: PublishedSet<'users.dat' | 'movies.dat' | 'ratings.dat'> = {
  source: 'ml-1m',
  archive: 'ml-1m.zip',
  page,
  files: {
    'users.dat': { sha256: '1dc3a95300cb19f7c10e027daf29b8cdf1d908dab65b5edfb45950aa389a10a3' },
    'movies.dat': { sha256: '0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9' },
    'ratings.dat': { gitBlob: '77a7c4b150f588c23bb9e1f068aa996c0b413695' },
  },
}

const lines = { separator: '::', encoding: 'latin-1' } as const

const usersFormat: LineFormat = {
  ...lines,
  fields: [
    { name: 'UserID', form: 'id' },
    { name: 'Gender', form: attributes1m[0].codes, sensitive: true },
    { name: 'Age', form: attributes1m[1].codes, sensitive: true },
    { name: 'Occupation', form: attributes1m[2].codes, sensitive: true },
    { name: 'Zip-code', form: 'text', sensitive: true },
  ],
}

/** What `users.dat` says of the users. */
export const users1m: UsersLayout = {
  format: usersFormat,
  attributes: attributes1m.map(({ name, codes, classes }, a) => {
    const codeOf = new Map<string, number>(codes.map((value, code) => [value, code]))
    return { name, classes, codeOf: (values) => codeOf.get(values[a + 1] as string)! }
  }),
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
    { name: 'Rating', form: ratingForm },
    { name: 'Timestamp', form: 'time' },
  ],
}

/**
 * MovieLens 1M as published: `users.dat`, `movies.dat` and `ratings.dat` with the separator `::`, in Latin-1.
 *
 * Every rating is an interaction, whatever its value, unless `minRating` says otherwise. Attributes are gender (2
 * classes), age (7 bands) and occupation (21); the item property `genre` has 18 values. The zip code is not read: nearly
 * 3,500 different ones among 6,040 users point at single people, and no class is large enough to be attacked or measured.
 *
 * Errors: `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with `file:line`), `DATA_UNREADABLE`, `DATA_EMPTY`.
 */
export const movielens1m = defineSource(
  'ml-1m',
  licence,
  ratingOptionsSchema,
  async ({ from, signal }, { onBadRow, minRating = -Infinity }) => {
    const { paths, files } = await findPublishedFiles(published, from, signal)
    const raw = await withDuckDB(signal, (connection) =>
      readMovielens(
        connection,
        {
          users: { path: paths['users.dat'], ...users1m },
          movies: {
            path: paths['movies.dat'],
            format: moviesFormat,
            genresOf: (values) => (values[2] as string).split('|').filter(Boolean),
          },
          ratings: { path: paths['ratings.dat'], format: ratingsFormat },
        },
        minRating,
        new BadRows(onBadRow),
      ),
    )
    return { ...raw, files }
  },
)
