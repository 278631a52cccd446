/** Rows of a run file in blocks, as they come. */
export interface RowBlock {
  /** `[count]`, user index. */
  readonly user: Int32Array
  /** `[count]`, item index. */
  readonly item: Int32Array
  /** `[count]` */
  readonly score: Float64Array
  /** `[count]`, row of the file, 0-based. */
  readonly row: Int32Array
  readonly count: number
}

/** The same rows by user, in their order within each. */
export interface RowsByUser {
  /** `[numUsers + 1]` */
  readonly offsets: Int32Array
  readonly items: Int32Array
  readonly scores: Float64Array
}

/**
 * Brings rows into the order of their users, by counting, and finds the first row whose user and item were there before.
 *
 * @returns the rows, or the first duplicate with the row that it repeats (both 0-based).
 */
export function groupByUser(
  blocks: readonly RowBlock[],
  numUsers: number,
  numItems: number,
): RowsByUser | { readonly duplicate: number; readonly of: number } {
  const offsets = new Int32Array(numUsers + 1)
  for (const { user, count } of blocks) for (let i = 0; i < count; i++) offsets[user[i]! + 1]!++
  for (let u = 0; u < numUsers; u++) offsets[u + 1]! += offsets[u]!
  const next = offsets.slice(0, numUsers)
  const total = offsets[numUsers]!
  const items = new Int32Array(total)
  const scores = new Float64Array(total)
  const rows = new Int32Array(total)
  for (const { user, item, score, row, count } of blocks) {
    for (let i = 0; i < count; i++) {
      const place = next[user[i]!]!++
      items[place] = item[i]!
      scores[place] = score[i]!
      rows[place] = row[i]!
    }
  }
  // The place at which the present user's list holds an item, plus one; entries of other users lie before the list.
  const placeOf = new Int32Array(numItems + 1)
  let duplicate = -1
  let of = -1
  for (let u = 0; u < numUsers; u++) {
    for (let place = offsets[u]!; place < offsets[u + 1]!; place++) {
      const before = placeOf[items[place]!]! - 1
      if (before >= offsets[u]! && (duplicate < 0 || rows[place]! < duplicate)) {
        duplicate = rows[place]!
        of = rows[before]!
      }
      placeOf[items[place]!] = place + 1
    }
  }
  return duplicate < 0 ? { offsets, items, scores } : { duplicate, of }
}
