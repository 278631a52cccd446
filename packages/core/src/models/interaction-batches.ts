import type { Histories } from '../dataset.js'
import type { Rng } from '../random.js'
import type { BatchInputs, PlannedBatch, Recommender } from './recommender.js'

/**
 * One epoch over single interactions: every interaction once, all in random order, in batches of at most `rows`.
 *
 * @returns no batch for no interactions. The last batch may be short; it has the shape of the others.
 */
export function planInteractions(histories: Histories, rows: number, rng: Rng): PlannedBatch[] {
  const { offsets, items } = histories
  const userOf = new Int32Array(items.length)
  for (let user = 0; user + 1 < offsets.length; user++) userOf.fill(user, offsets[user], offsets[user + 1])
  const order = rng.shuffle(Int32Array.from({ length: items.length }, (_, index) => index))
  const batch = Math.min(rows, order.length)
  const plans: PlannedBatch[] = []
  for (let from = 0; from < order.length; from += batch) {
    const places = order.subarray(from, from + batch)
    const users = places.map((place) => userOf[place]!)
    const positions = places.map((place, row) => place - offsets[users[row]!]!)
    plans.push({ users, positions, batch, time: 1 })
  }
  return plans
}

/**
 * The items of every user once each and in rising order, from which items outside a history are drawn in
 * logarithmic time.
 */
export class KnownItems {
  readonly #offsets: Int32Array
  readonly #sorted: Int32Array
  readonly #numItems: number

  /** @param histories - item ids in `1..numItems`. */
  constructor(histories: Histories, numItems: number) {
    const users = histories.offsets.length - 1
    this.#numItems = numItems
    this.#offsets = new Int32Array(users + 1)
    this.#sorted = new Int32Array(histories.items.length)
    let end = 0
    for (let user = 0; user < users; user++) {
      const own = histories.items.slice(histories.offsets[user], histories.offsets[user + 1]).sort()
      own.forEach((item, index) => {
        if (item !== own[index - 1]) this.#sorted[end++] = item
      })
      this.#offsets[user + 1] = end
    }
  }

  /**
   * An item uniform over the catalogue without the user's own history, by one draw; 0, the padding item, for a
   * user who knows the whole catalogue.
   */
  drawOther(user: number, rng: Rng): number {
    const start = this.#offsets[user]!
    const known = this.#offsets[user + 1]! - start
    if (known >= this.#numItems) return 0
    const rank = rng.int(this.#numItems - known)
    // Before the known item at place j lie `item - 1 - j` others: the wanted one comes after all with at most `rank`.
    let [low, high] = [0, known]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sorted[start + middle]! - 1 - middle <= rank) low = middle + 1
      else high = middle
    }
    return rank + 1 + low
  }
}

/** How {@link interactionInputs} draws. */
interface InteractionDraw {
  /** Negatives per interaction, with replacement. */
  readonly numNegatives: number
  readonly rng: Rng
}

/**
 * What a batch of interactions feeds, int32: `users` `[batch]` (1 + user index), `positives` `[batch]` (the item) and
 * `negatives` `[batch, numNegatives]`. All are 0 in a padding row, `positives` and `negatives` also for a user who
 * knows the whole catalogue.
 */
function interactionInputs(
  histories: Histories,
  { users, positions, batch }: PlannedBatch,
  known: KnownItems,
  { numNegatives, rng }: InteractionDraw,
): BatchInputs {
  const inputs = {
    users: new Int32Array(batch),
    positives: new Int32Array(batch),
    negatives: new Int32Array(batch * numNegatives),
  }
  users.forEach((user, row) => {
    inputs.users[row] = user + 1
    const first = row * numNegatives
    for (let at = first; at < first + numNegatives; at++) inputs.negatives[at] = known.drawOther(user, rng)
    const place = histories.offsets[user]! + positions![row]!
    if (inputs.negatives[first] !== 0) inputs.positives[row] = histories.items[place]!
  })
  return inputs
}

/** The host side of a recommender that learns from single interactions: batches of {@link planInteractions}. */
export function interactionBatches(options: {
  readonly numItems: number
  readonly numNegatives: number
}): Pick<Recommender, 'planEpoch' | 'trainingInputs'> {
  const { numItems, numNegatives } = options
  const known = new WeakMap<Histories, KnownItems>()
  return {
    planEpoch: planInteractions,
    trainingInputs(histories, plan, rng) {
      const own = known.get(histories) ?? new KnownItems(histories, numItems)
      known.set(histories, own)
      return interactionInputs(histories, plan, own, { numNegatives, rng })
    },
  }
}
