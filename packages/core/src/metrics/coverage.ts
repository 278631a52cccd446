import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { defined, undefinedBecause, type Measure } from './measure.js'

/**
 * Catalogue coverage: the share of the catalogue that is in at least one user's list.
 *
 * `coverage@k = |union over users of top-k(u)| / |I|` (Herlocker et al. 2004, section 4.2; Ge et al. 2010). Popularity
 * has little more than k / |I|, random nearly 1, so high is not good by itself.
 *
 * @param lists the best k items of every user; `1..numItems`, 0 (padding) is passed over.
 * @returns a value in `[0, 1]`; null without users or without a catalogue.
 * @throws VeilrecError `INVALID_ARGUMENT` when an item is outside the catalogue.
 */
export function coverage(lists: Histories, numItems: number): Measure {
  if (lists.offsets.length < 2) return undefinedBecause('no user has a list')
  if (numItems === 0) return undefinedBecause('the catalogue is empty')
  const listed = new Uint8Array(numItems + 1)
  let count = 0
  for (const item of lists.items) {
    if (item < 0 || item > numItems) {
      throw new VeilrecError('INVALID_ARGUMENT', `item ${item} is outside the catalogue 1..${numItems}`, {
        item,
        numItems,
      })
    }
    if (item === 0 || listed[item] === 1) continue
    listed[item] = 1
    count++
  }
  return defined(count / numItems)
}
