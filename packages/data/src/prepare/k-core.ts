/**
 * The k-core of the interactions: users and items with fewer than `k` interactions are dropped, again and again, until
 * everybody left has at least `k` among what is left. It is unique, whatever the order of removal.
 *
 * An interaction that occurs several times counts as often as it occurs. `k = 1` keeps every row.
 *
 * @param user `[numRows]`, in `0..numUsers - 1`
 * @param item `[numRows]`, in `0..numItems - 1`
 * @returns numbers of the rows that stay, ascending; empty if no k-core exists
 */
export function kCore(
  user: Int32Array,
  item: Int32Array,
  numUsers: number,
  numItems: number,
  k: number,
): Int32Array {
  const ofUser = new Int32Array(numUsers)
  const ofItem = new Int32Array(numItems)
  let rows = Int32Array.from({ length: user.length }, (_, row) => row)
  for (const row of rows) {
    ofUser[user[row]!]!++
    ofItem[item[row]!]!++
  }
  for (;;) {
    const kept = rows.filter((row) => ofUser[user[row]!]! >= k && ofItem[item[row]!]! >= k)
    if (kept.length === rows.length) return rows
    ofUser.fill(0)
    ofItem.fill(0)
    for (const row of kept) {
      ofUser[user[row]!]!++
      ofItem[item[row]!]!++
    }
    rows = kept
  }
}
