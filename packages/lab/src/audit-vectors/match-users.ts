import { basename } from 'node:path'

import { VeilrecError, type UserAttribute } from '@veilrec/core'
import type { UsersFile } from '@veilrec/data'

import type { Vectors } from './read-vectors.js'

/** Users that only one of two files has. */
export interface LeftOut {
  readonly count: number
  /** The first few ids. */
  readonly examples: readonly string[]
}

/** The users of whom there is both a vector and a line in the users file, in the order of the latter. */
export interface MatchedUsers {
  readonly userIds: readonly string[]
  /** `[users, dimension]` row-major. */
  readonly values: Float32Array | Float64Array
  readonly attributes: readonly UserAttribute[]
  /** Users with a vector whom the users file does not list. */
  readonly unlisted: LeftOut
  /** Users of the users file without a vector. */
  readonly withoutVector: LeftOut
}

/**
 * Brings vectors and users together: by id, or row by row for vectors without ids. The result does not depend on the order
 * of the rows of a table of vectors.
 *
 * @param usersPath for messages
 * @throws VeilrecError `VECTORS_INVALID` where rows without ids are not as many as users, or most vectors are of users who are
 *   not listed, with counts and examples of both sides.
 */
export function matchUsers(vectors: Vectors, users: UsersFile, usersPath: string): MatchedUsers {
  const nobody = { count: 0, examples: [] }
  if (vectors.userIds === undefined) {
    if (vectors.rows === users.userIds.length) {
      const { userIds, attributes } = users
      return { userIds, values: vectors.values, attributes, unlisted: nobody, withoutVector: nobody }
    }
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${vectors.path} has ${vectors.rows} rows, and ${usersPath} lists ${users.userIds.length} users`,
      { rows: vectors.rows, users: users.userIds.length },
      'Row i of an npy file is user i of the users file. Drop the row of a padding user, or write a .csv or .parquet with the user id in the first column.',
    )
  }
  const rowOf = new Map(vectors.userIds.map((id, row) => [id, row]))
  const listed = new Set(users.userIds)
  const unlisted = leftOut(vectors.userIds.filter((id) => !listed.has(id)))
  const withoutVector = leftOut(users.userIds.filter((id) => !rowOf.has(id)))
  if (unlisted.count > vectors.rows / 2) throw otherIds(vectors, users, usersPath, unlisted)
  const kept = Array.from(users.userIds.keys()).filter((user) => rowOf.has(users.userIds[user]!))
  const { dimension } = vectors
  const values = new Float64Array(kept.length * dimension)
  kept.forEach((user, place) => {
    const row = rowOf.get(users.userIds[user]!)!
    values.set(vectors.values.subarray(row * dimension, (row + 1) * dimension), place * dimension)
  })
  return {
    userIds: kept.map((user) => users.userIds[user]!),
    values,
    attributes: users.attributes.map((attribute) => ({
      ...attribute,
      codes: Int16Array.from(kept, (user) => attribute.codes[user]!),
    })),
    unlisted,
    withoutVector,
  }
}

/** How many users were left out, and the first few. */
export function leftOut(ids: readonly string[]): LeftOut {
  return { count: ids.length, examples: ids.slice(0, 5) }
}

function otherIds(vectors: Vectors, users: UsersFile, usersPath: string, unlisted: LeftOut): VeilrecError {
  const quoted = (ids: readonly string[]): string =>
    ids
      .slice(0, 3)
      .map((id) => JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}...` : id))
      .join(', ')
  return new VeilrecError(
    'VECTORS_INVALID',
    `${unlisted.count} of ${vectors.rows} users of ${vectors.path}, such as ${quoted(unlisted.examples)}, are not among the ` +
      `${users.userIds.length} of ${usersPath}, such as ${quoted(users.userIds)}`,
    { vectors: basename(vectors.path), unlisted: unlisted.count, rows: vectors.rows },
    'Write the ids of the users file, not indices that the recommender gave them, into the first column.',
  )
}
