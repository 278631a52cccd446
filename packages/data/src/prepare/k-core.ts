/**
 * The k-core of the interactions: users and items with fewer than `k` interactions are dropped, again and again, until
 * everybody left has at least `k` among what is left. It is unique, whatever the order of removal.
 *
 * An interaction that occurs several times counts as often as it occurs. `k = 1` keeps every row.
 *
 * @param rows numbers of the rows to choose from, ascending; overwritten
 * @param user `[numRows]`, in `0..numUsers - 1`
 * @param item `[numRows]`, in `0..numItems - 1`
 * @returns numbers of the rows that stay, ascending, a view of `rows`; empty if no k-core exists
 */
export function kCore(
  rows: Int32Array,
  user: Int32Array,
  item: Int32Array,
  numUsers: number,
  numItems: number,
  k: number,
): Int32Array {
  if (k <= 1) return rows
  const ofUser = new Int32Array(numUsers)
  const ofItem = new Int32Array(numItems)
  let left = rows
  for (;;) {
    ofUser.fill(0)
    ofItem.fill(0)
    for (let i = 0; i < left.length; i++) {
      ofUser[user[left[i]!]!]!++
      ofItem[item[left[i]!]!]!++
    }
    let kept = 0
    for (let i = 0; i < left.length; i++) {
      const row = left[i]!
      if (ofUser[user[row]!]! >= k && ofItem[item[row]!]! >= k) left[kept++] = row
    }
    if (kept === left.length) return left
    left = left.subarray(0, kept)
  }
}
