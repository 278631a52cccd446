import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'

/**
 * The items that are no candidates for a user, as flags by item index.
 *
 * The flags are one array, changed in time proportional to two histories per call, and valid until the next call.
 *
 * @param masked items of each user that are no candidates; left out: none but padding, which never is one.
 * @param numUsers number of users that will be asked for.
 * @returns a function of user and `numItems + 1`, which gives `[numItems + 1]`, non-zero where masked.
 * @throws VeilrecError `INVALID_ARGUMENT` when `masked` has another number of users.
 */
export function userMask(
  masked: Histories | undefined,
  numUsers: number,
): (user: number, length: number) => Uint8Array | undefined {
  if (masked === undefined) return () => undefined
  const { offsets, items } = masked
  if (offsets.length !== numUsers + 1) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${offsets.length - 1} users have masked items, but ${numUsers} are ranked`,
      { masked: offsets.length - 1, numUsers },
    )
  }
  let flags = new Uint8Array(0)
  let previous = -1
  const mark = (user: number, flag: number): void => {
    const end = offsets[user + 1]!
    for (let i = offsets[user]!; i < end; i++) flags[items[i]!] = flag
  }
  return (user, length) => {
    if (flags.length !== length) flags = new Uint8Array(length)
    else if (previous >= 0) mark(previous, 0)
    mark(user, 1)
    previous = user
    return flags
  }
}

/**
 * How many items are candidates for each user, the targets among them.
 *
 * @param masked as for {@link rankByScores}; an item that occurs twice counts once.
 * @returns `[numUsers]`
 */
export function candidateCounts(numItems: number, numUsers: number, masked?: Histories): Int32Array {
  const mask = userMask(masked, numUsers)
  return Int32Array.from({ length: numUsers }, (_, user) => {
    let count = numItems
    const flags = mask(user, numItems + 1)
    if (flags !== undefined) for (let item = 1; item <= numItems; item++) count -= flags[item]!
    return count
  })
}
