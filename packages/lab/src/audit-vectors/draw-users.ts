import type { Rng } from '@veilrec/core'

import type { MatchedUsers } from './match-users.js'

/**
 * Most users of one audit. A quarter of them are for the test, and their interval of about 0.01 to either side decides every
 * question that the margin asks, while nearest neighbours take time with the square of the users.
 */
const maxAuditedUsers = 20_000

/**
 * At most so many of the users, drawn without replacement and kept in their order; all of them where they are not more.
 *
 * @param rng advanced only where users are drawn
 */
export function drawUsers(
  matched: MatchedUsers,
  dimension: number,
  rng: Rng,
  most = maxAuditedUsers,
): MatchedUsers {
  const numUsers = matched.userIds.length
  if (numUsers <= most) return matched
  const drawn = rng
    .shuffle(Int32Array.from({ length: numUsers }, (_, user) => user))
    .slice(0, most)
    .sort()
  const values = new Float64Array(most * dimension)
  drawn.forEach((user, place) => {
    values.set(matched.values.subarray(user * dimension, (user + 1) * dimension), place * dimension)
  })
  return {
    ...matched,
    userIds: Array.from(drawn, (user) => matched.userIds[user]!),
    values,
    attributes: matched.attributes.map((attribute) => ({
      ...attribute,
      codes: Int16Array.from(drawn, (user) => attribute.codes[user]!),
    })),
  }
}
