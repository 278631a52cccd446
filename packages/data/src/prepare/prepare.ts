import type { RawData } from '../raw-data.js'
import type { FilterOptions } from '../sources/dataset-source.js'
import { filterRows } from './filter-rows.js'
import { orderByTime, type OrderedRows } from './order-by-time.js'
import type { DroppedInteractions, PreparedData } from './prepared-data.js'
import { restrictAttribute, restrictProperty } from './restrict.js'
import { sharedInt32 } from './shared-arrays.js'

/** What {@link prepare} makes. */
export interface Prepared {
  readonly data: PreparedData
  readonly dropped: DroppedInteractions
}

/**
 * Filters what a source read, renumbers users and items without gaps (in source order; items from 1), and puts every
 * history in the order of time. Interactions with equal time keep the order of their source rows.
 *
 * Classes that nobody has any more are left out.
 *
 * @throws VeilrecError `DATA_EMPTY` when nothing is left
 */
export function prepare(raw: RawData, options: FilterOptions): Prepared {
  const { rows, dropped } = filterRows(raw, options)
  const users = renumber(raw.user, rows, raw.userIds.length)
  const histories = newest(
    orderByTime(rows, users.indexOf, users.offsets, raw.user, raw.time),
    users.offsets,
    options.maxHistory ?? Infinity,
  )
  const items = renumber(raw.item, histories.rows, raw.itemIds.length)

  const historyItems = sharedInt32(histories.rows.length)
  for (let i = 0; i < historyItems.length; i++) {
    historyItems[i] = items.indexOf[raw.item[histories.rows[i]!]!]! + 1
  }
  const withPadding = (texts: readonly string[]): string[] => [
    '',
    ...Array.from(items.kept, (item) => texts[item]!),
  ]
  const data = {
    userIds: Array.from(users.kept, (user) => raw.userIds[user]!),
    itemIds: withPadding(raw.itemIds),
    ...(raw.itemTitles === undefined ? {} : { itemTitles: withPadding(raw.itemTitles) }),
    ...(raw.itemProperties === undefined
      ? {}
      : { itemProperties: raw.itemProperties.map((property) => restrictProperty(property, items.kept)) }),
    attributes: raw.attributes.map((attribute) => restrictAttribute(attribute, users.kept)),
    histories: { offsets: histories.offsets, items: historyItems },
    times: histories.times,
  }
  return { data, dropped: { ...dropped, maxHistory: rows.length - historyItems.length } }
}

interface Numbering {
  /** Numbers that occur, ascending. */
  readonly kept: Int32Array
  /** Place of each number among them, -1 for one that does not occur. */
  readonly indexOf: Int32Array
  /** `[kept + 1]`, running count of the rows of each; on shared memory. */
  readonly offsets: Int32Array
}

/** Numbers users (or items) of the rows anew, without gaps. */
function renumber(numbers: Int32Array, rows: Int32Array, size: number): Numbering {
  const counts = new Int32Array(size)
  for (let i = 0; i < rows.length; i++) counts[numbers[rows[i]!]!]!++
  const indexOf = new Int32Array(size).fill(-1)
  const kept = new Int32Array(size)
  let length = 0
  for (let number = 0; number < size; number++) {
    if (counts[number] === 0) continue
    indexOf[number] = length
    kept[length++] = number
  }
  const offsets = sharedInt32(length + 1)
  for (let index = 0; index < length; index++) offsets[index + 1] = offsets[index]! + counts[kept[index]!]!
  return { kept: kept.slice(0, length), indexOf, offsets }
}

/** Keeps the last `maxHistory` rows of each user. */
function newest(
  ordered: OrderedRows,
  offsets: Int32Array,
  maxHistory: number,
): OrderedRows & { offsets: Int32Array } {
  const cut = sharedInt32(offsets.length)
  for (let user = 0; user + 1 < offsets.length; user++) {
    cut[user + 1] = cut[user]! + Math.min(maxHistory, offsets[user + 1]! - offsets[user]!)
  }
  const length = cut.at(-1) ?? 0
  if (length === ordered.rows.length) return { ...ordered, offsets }
  const rows = new Int32Array(length)
  const times = new Float64Array(length)
  for (let user = 0; user + 1 < offsets.length; user++) {
    const end = offsets[user + 1]!
    const start = end - (cut[user + 1]! - cut[user]!)
    rows.set(ordered.rows.subarray(start, end), cut[user])
    times.set(ordered.times.subarray(start, end), cut[user])
  }
  return { rows, times, offsets: cut }
}
