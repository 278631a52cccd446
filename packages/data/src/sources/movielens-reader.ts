import type { DuckDBConnection } from '@duckdb/node-api'
import type { UserAttribute } from '@veilrec/core'
import { PropertyBuilder } from '../prepare/property-builder.js'
import type { RawData } from '../raw-data.js'
import type { BadRows } from './bad-rows.js'
import { NumberList } from './number-list.js'
import { readLines, type LineFormat } from './read-lines.js'

/** The values of a line, in the order of its fields. */
type Values = readonly (number | string)[]

/** A file and the form of its lines; the first field is the id. */
interface LineFile {
  readonly path: string
  readonly format: LineFormat
}

/** The form of the lines that tell of the users, and the attributes in them; the first field is the id. */
export interface UsersLayout {
  readonly format: LineFormat
  readonly attributes: readonly {
    readonly name: string
    readonly classes: readonly string[]
    readonly codeOf: (values: Values) => number
  }[]
}

/** How the three files of a MovieLens set are laid out. */
export interface MovielensLayout {
  readonly users: LineFile & UsersLayout
  /** The second field is the title. */
  readonly movies: LineFile & { readonly genresOf: (values: Values) => readonly string[] }
  /** Fields are user, film, rating and time. */
  readonly ratings: LineFile
}

/** The form of a rating, in every MovieLens set with whole stars. */
export const ratingForm = ['1', '2', '3', '4', '5'] as const

/**
 * Reads users, films and ratings. A rating of a user or film that the other files do not list is kept: the user then has
 * no attribute value, the film no genre and its id as title. Of lines with the same id the first counts.
 *
 * @param minRating ratings below are left out and counted
 * @param bad gets lines out of form and ids that occur again
 */
export async function readMovielens(
  connection: DuckDBConnection,
  { users, movies, ratings }: MovielensLayout,
  minRating: number,
  bad: BadRows,
): Promise<RawData> {
  const { numbers: userNumbers, codes } = await readUserLines(connection, users, bad)
  const itemNumbers = new Map<number, number>()
  const itemTitles: string[] = []
  const genres = new PropertyBuilder('genre')
  const addMovie = (title: string, itsGenres: readonly string[]): void => {
    itemTitles.push(title)
    genres.add(itsGenres)
  }
  await readLines(connection, movies.path, movies.format, bad, (values, line) => {
    if (!isNew(itemNumbers, values[0] as number, movies.path, line, bad)) return
    addMovie(values[1] as string, movies.genresOf(values))
  })

  const user = new NumberList(Int32Array)
  const item = new NumberList(Int32Array)
  const time = new NumberList(Float64Array)
  let belowMinRating = 0
  await readLines(connection, ratings.path, ratings.format, bad, ([userId, itemId, rating, timestamp]) => {
    if (Number(rating) < minRating) {
      belowMinRating++
      return
    }
    user.push(numberOf(userNumbers, userId as number, () => codes.forEach((list) => list.push(-1))))
    item.push(numberOf(itemNumbers, itemId as number, () => addMovie(String(itemId), [])))
    time.push(timestamp as number)
  })

  return {
    userIds: Array.from(userNumbers.keys(), String),
    itemIds: Array.from(itemNumbers.keys(), String),
    itemTitles,
    itemProperties: [genres.build()],
    attributes: attributesOf(users, codes),
    user: user.values(),
    item: item.values(),
    time: time.values(),
    belowMinRating,
    skipped: bad.skipped(),
  }
}

/**
 * Reads the users alone. Of lines with the same id the first counts.
 *
 * @param bad gets lines out of form and ids that occur again
 */
export async function readMovielensUsers(
  connection: DuckDBConnection,
  users: LineFile & UsersLayout,
  bad: BadRows,
): Promise<Pick<RawData, 'userIds' | 'attributes'>> {
  const { numbers, codes } = await readUserLines(connection, users, bad)
  return { userIds: Array.from(numbers.keys(), String), attributes: attributesOf(users, codes) }
}

async function readUserLines(
  connection: DuckDBConnection,
  { path, format, attributes }: LineFile & UsersLayout,
  bad: BadRows,
): Promise<{ readonly numbers: Map<number, number>; readonly codes: readonly NumberList<Int16Array>[] }> {
  const numbers = new Map<number, number>()
  const codes = attributes.map(() => new NumberList(Int16Array))
  await readLines(connection, path, format, bad, (values, line) => {
    if (!isNew(numbers, values[0] as number, path, line, bad)) return
    attributes.forEach(({ codeOf }, a) => codes[a]!.push(codeOf(values)))
  })
  return { numbers, codes }
}

function attributesOf(
  { attributes }: UsersLayout,
  codes: readonly NumberList<Int16Array>[],
): UserAttribute[] {
  return attributes.map(({ name, classes }, a) => ({ name, classes, codes: codes[a]!.values() }))
}

/** Gives a new id the next number; one that has a number already is a bad row. */
function isNew(numbers: Map<number, number>, id: number, path: string, line: number, bad: BadRows): boolean {
  if (numbers.has(id)) {
    bad.add({
      path,
      line,
      problem: `the id ${id} occurs a second time`,
      details: { id },
      hint: 'keep one line per id',
    })
    return false
  }
  numbers.set(id, numbers.size)
  return true
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
