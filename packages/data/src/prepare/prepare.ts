import { VeilrecError, type UserAttribute } from '@veilrec/core'
import type { RawData } from '../raw-data.js'
import type { FilterOptions } from '../sources/dataset-source.js'
import { kCore } from './k-core.js'
import type { PreparedData } from './prepared-data.js'
import { sharedInt32 } from './shared-arrays.js'

/**
 * Filters what a source read, renumbers users and items without gaps (in source order; items from 1), and puts every
 * history in the order of time. Interactions with equal time keep the order of their source rows.
 *
 * Classes that nobody has any more are left out.
 *
 * @throws VeilrecError `DATA_EMPTY` when nothing is left
 */
export function prepare(raw: RawData, options: FilterOptions): PreparedData {
  const rows = kCore(raw.user, raw.item, raw.userIds.length, raw.itemIds.length, options.kCore)
  if (rows.length === 0) {
    throw new VeilrecError(
      'DATA_EMPTY',
      `of ${raw.user.length} interactions none is left after the ${options.kCore}-core filter`,
      { interactions: raw.user.length, kCore: options.kCore },
      'choose a smaller kCore, or check that the folder holds the whole data set',
    )
  }
  const users = renumber(raw.user, rows, raw.userIds.length)
  const items = renumber(raw.item, rows, raw.itemIds.length)

  const offsets = sharedInt32(users.kept.length + 1)
  for (const row of rows) offsets[users.indexOf[raw.user[row]!]! + 1]!++
  for (let user = 0; user < users.kept.length; user++) offsets[user + 1]! += offsets[user]!

  const ordered = orderByTime(raw, rows, users.indexOf, offsets)
  const historyItems = sharedInt32(rows.length)
  const times = new Float64Array(rows.length)
  ordered.forEach((row, position) => {
    historyItems[position] = items.indexOf[raw.item[row]!]! + 1
    times[position] = raw.time[row]!
  })

  const withPadding = (texts: readonly string[]): string[] => [
    '',
    ...Array.from(items.kept, (item) => texts[item]!),
  ]
  return {
    userIds: Array.from(users.kept, (user) => raw.userIds[user]!),
    itemIds: withPadding(raw.itemIds),
    ...(raw.itemTitles === undefined ? {} : { itemTitles: withPadding(raw.itemTitles) }),
    attributes: raw.attributes.map((attribute) => restrict(attribute, users.kept)),
    histories: { offsets, items: historyItems },
    times,
  }
}

/** Numbers of the users (or items) that occur, ascending, and the place of each among them. */
function renumber(
  numbers: Int32Array,
  rows: Int32Array,
  size: number,
): { kept: Int32Array; indexOf: Int32Array } {
  const occurs = new Uint8Array(size)
  for (const row of rows) occurs[numbers[row]!] = 1
  const kept = Int32Array.from({ length: size }, (_, number) => number).filter(
    (number) => occurs[number] === 1,
  )
  const indexOf = new Int32Array(size).fill(-1)
  kept.forEach((number, index) => {
    indexOf[number] = index
  })
  return { kept, indexOf }
}

/** Row numbers by user, then time, then source row. */
function orderByTime(raw: RawData, rows: Int32Array, indexOf: Int32Array, offsets: Int32Array): Int32Array {
  const ordered = new Int32Array(rows.length)
  const next = offsets.slice()
  for (const row of rows) ordered[next[indexOf[raw.user[row]!]!]!++] = row
  for (let user = 0; user + 1 < offsets.length; user++) {
    const own = ordered.subarray(offsets[user], offsets[user + 1])
    own.sort((a, b) => raw.time[a]! - raw.time[b]! || a - b)
  }
  return ordered
}

/** The attribute of the users that stay, without the classes nobody has any more. */
function restrict({ name, classes, codes }: UserAttribute, kept: Int32Array): UserAttribute {
  const occurs = new Uint8Array(classes.length)
  for (const user of kept) if (codes[user]! >= 0) occurs[codes[user]!] = 1
  const newCode = new Int16Array(classes.length).fill(-1)
  const occurring = classes.filter((_, code) => occurs[code] === 1)
  let count = 0
  occurs.forEach((flag, code) => {
    if (flag === 1) newCode[code] = count++
  })
  return {
    name,
    classes: occurring,
    codes: Int16Array.from(kept, (user) => (codes[user]! < 0 ? -1 : newCode[codes[user]!]!)),
  }
}
