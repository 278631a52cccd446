import type { Histories } from '../../dataset.js'
import type { Rng } from '../../random.js'
import { markHalf } from './planted-signal.js'

/** Input of {@link plantMarkers}. */
export interface PlantedMarkersInput {
  readonly lists: Histories
  readonly numItems: number
  /** `[numUsers]`, class index or -1. */
  readonly codes: ArrayLike<number>
  readonly numClasses: number
  /** `[numUsers]`, index into `userGroups`; shares are exact within each group. */
  readonly userGroup: Uint8Array
  readonly rng: Rng
}

/** Lists with a known leak, to prove that an attacker would find one. */
export interface PlantedMarkers {
  readonly lists: Histories
  /** `[numClasses]`, 1 for the classes that the signal marks as positive. */
  readonly marked: Uint8Array
}

/** Share of each side that bears its own marker: the bit "which marker" then has AUC `(0.75 + 0.75) / 2`. */
const ownShare = 0.75

/**
 * Plants a label signal of AUC 0.75 into lists (evaluation.md rule 9), the counterpart of `plantSignal`.
 *
 * Two random items of the catalogue become markers: they are taken out of every list, and every list ends in one of
 * the two instead of its last item. Users of the marked classes (about half of the users, as in `plantSignal`) bear
 * the first marker with share 3/4 and the second with 1/4, all others the reverse; who does is random within each
 * user group and side, with exact shares up to rounding. Whether a list holds the first marker has
 * `AUC = 1/2 + (3/4 - 1/4) / 2 = 0.75`, and list lengths tell nothing. Users without a label get either marker.
 *
 * An empty list becomes a list of one marker. With a catalogue of one item there is nothing to plant with, and the
 * lists all become equal.
 */
export function plantMarkers(input: PlantedMarkersInput): PlantedMarkers {
  const { lists, numItems, codes, userGroup, rng } = input
  const marked = markHalf(codes, input.numClasses)
  const own = 1 + rng.int(numItems)
  const other = 1 + ((own - 1 + 1 + rng.int(Math.max(1, numItems - 1))) % numItems)
  const cells = new Map<number, number[]>()
  for (let user = 0; user < userGroup.length; user++) {
    const side = codes[user]! < 0 ? 2 : marked[codes[user]!]!
    const key = userGroup[user]! * 3 + side
    const members = cells.get(key)
    if (members === undefined) cells.set(key, [user])
    else members.push(user)
  }
  const marker = new Int32Array(userGroup.length)
  for (const [key, members] of cells) {
    rng.shuffle(members)
    const side = key % 3
    const share = side === 1 ? ownShare : side === 0 ? 1 - ownShare : 0.5
    const bearers = Math.round(share * members.length)
    for (const [place, user] of members.entries()) marker[user] = place < bearers ? own : other
  }
  const offsets = new Int32Array(userGroup.length + 1)
  const items: number[] = []
  for (let user = 0; user < userGroup.length; user++) {
    const from = lists.offsets[user]!
    const kept = lists.items
      .subarray(from, lists.offsets[user + 1]!)
      .filter((item) => item !== own && item !== other)
    const room = Math.max(0, lists.offsets[user + 1]! - from - 1)
    for (const item of kept.subarray(0, room)) items.push(item)
    items.push(marker[user]!)
    offsets[user + 1] = items.length
  }
  return { lists: { offsets, items: Int32Array.from(items) }, marked }
}
