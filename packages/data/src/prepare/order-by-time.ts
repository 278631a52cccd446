/** Row numbers grouped by user, each user's oldest first. */
export interface OrderedRows {
  /** `[numRows]` */
  readonly rows: Int32Array
  /** `[numRows]`, time of each row, along `rows` */
  readonly times: Float64Array
}

/**
 * Groups rows by user and puts each user's in the order of time; equal times keep the order of the source.
 *
 * Time is linear where every user's rows are in order already.
 *
 * @param rows numbers of the rows to be ordered, ascending
 * @param placeOf `[numUsers]`, index of each user number in `offsets`
 * @param offsets `[numUsers + 1]`, where each user's rows begin in the result
 * @param user `[numSourceRows]`, user number
 * @param time `[numSourceRows]`, finite
 */
export function orderByTime(
  rows: Int32Array,
  placeOf: Int32Array,
  offsets: Int32Array,
  user: Int32Array,
  time: Float64Array,
): OrderedRows {
  const ordered = new Int32Array(rows.length)
  const times = new Float64Array(rows.length)
  const next = offsets.slice()
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const at = next[placeOf[user[row]!]!]!++
    ordered[at] = row
    times[at] = time[row]!
  }
  const spare = { rows: new Int32Array(0), times: new Float64Array(0) }
  for (let place = 0; place + 1 < offsets.length; place++) {
    const [start, end] = [offsets[place]!, offsets[place + 1]!]
    if (isAscending(times, start, end)) continue
    if (spare.rows.length < end - start) {
      spare.rows = new Int32Array(2 * (end - start))
      spare.times = new Float64Array(2 * (end - start))
    }
    mergeSort(ordered.subarray(start, end), times.subarray(start, end), spare.rows, spare.times)
  }
  return { rows: ordered, times }
}

function isAscending(times: Float64Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i++) if (times[i]! < times[i - 1]!) return false
  return true
}

/**
 * Sorts rows by time in place, bottom up. Typed arrays sort several times slower with a comparator, and without one they
 * cannot carry the rows along.
 */
function mergeSort(
  rows: Int32Array,
  times: Float64Array,
  spareRows: Int32Array,
  spareTimes: Float64Array,
): void {
  const length = rows.length
  let [fromRows, fromTimes, toRows, toTimes] = [rows, times, spareRows, spareTimes]
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length)
      const end = Math.min(start + 2 * width, length)
      let [left, right] = [start, middle]
      for (let at = start; at < end; at++) {
        const takeLeft = left < middle && (right >= end || fromTimes[left]! <= fromTimes[right]!)
        const taken = takeLeft ? left++ : right++
        toRows[at] = fromRows[taken]!
        toTimes[at] = fromTimes[taken]!
      }
    }
    ;[fromRows, fromTimes, toRows, toTimes] = [toRows, toTimes, fromRows, fromTimes]
  }
  if (fromRows === rows) return
  rows.set(fromRows.subarray(0, length))
  times.set(fromTimes.subarray(0, length))
}
