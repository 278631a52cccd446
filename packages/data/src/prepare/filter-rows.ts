import { VeilrecError } from '@veilrec/core'
import type { RawData } from '../raw-data.js'
import type { FilterOptions } from '../sources/dataset-source.js'
import { kCore } from './k-core.js'
import type { DroppedInteractions } from './prepared-data.js'

/** The rows that pass the filters so far, and how many each filter dropped. */
export interface FilteredRows {
  /** Row numbers, ascending. */
  readonly rows: Int32Array
  readonly dropped: Omit<DroppedInteractions, 'maxHistory'>
}

/**
 * Applies the filters that choose among users and items: `minInteractions`, then `kCore`.
 *
 * @throws VeilrecError `DATA_EMPTY` when nothing is left, naming the filter after which that was so
 */
export function filterRows(raw: RawData, options: FilterOptions): FilteredRows {
  const { minInteractions } = options
  const { user, item, belowMinRating = 0, skipped } = raw
  const numRead = user.length + belowMinRating
  if (numRead === 0) {
    const reason = skipped === undefined ? '' : `; all ${skipped.count} rows were malformed and skipped`
    throw empty(`the source holds no interaction${reason}`, 'check that the folder holds the whole data set')
  }
  if (user.length === 0) {
    throw empty(`each of ${numRead} interactions has a rating below minRating`, 'choose a smaller minRating')
  }

  const all = new Int32Array(user.length)
  for (let row = 0; row < all.length; row++) all[row] = row
  const frequent = minInteractions <= 1 ? all : rowsOfFrequentUsers(all, raw, minInteractions)
  if (frequent.length === 0) {
    throw empty(
      `of ${user.length} interactions none is left after minInteractions: no user has ${minInteractions}`,
      'choose a smaller minInteractions',
    )
  }
  const rows = kCore(frequent, user, item, raw.userIds.length, raw.itemIds.length, options.kCore)
  if (rows.length === 0) {
    throw empty(
      `of ${frequent.length} interactions none is left after the ${options.kCore}-core filter`,
      'choose a smaller kCore, or check that the folder holds the whole data set',
    )
  }
  return {
    rows,
    dropped: {
      minRating: belowMinRating,
      minInteractions: user.length - frequent.length,
      kCore: frequent.length - rows.length,
    },
  }
}

function rowsOfFrequentUsers(rows: Int32Array, { user, userIds }: RawData, least: number): Int32Array {
  const ofUser = new Int32Array(userIds.length)
  for (let row = 0; row < user.length; row++) ofUser[user[row]!]!++
  return rows.filter((row) => ofUser[user[row]!]! >= least)
}

function empty(message: string, hint: string): VeilrecError {
  return new VeilrecError('DATA_EMPTY', message, {}, hint)
}
