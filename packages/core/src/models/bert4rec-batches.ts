import type { Histories } from '../dataset.js'
import type { Rng } from '../random.js'
import { rowsPerBatch, timeBucket } from '../training/sequence-batches.js'
import { maskedCount, type Bert4recConfig } from './bert4rec.js'
import type { PlannedBatch } from './recommender.js'

/** Of how many interactions one is the target of an epoch of `nextItemBpr`. */
const targetStride = 10

/** A row of a batch to come: a user, a place in the history and the number of items that the row reads. */
interface Row {
  readonly user: number
  readonly position: number
  readonly length: number
}

/**
 * The windows of one epoch of cloze training, newest item at `positions`. A history is read to its end or, as often,
 * to a random place, so that the queries of shorter histories are practised too, and cut from there backwards into
 * windows of at most `limit` items; windows of fewer than two items are left out.
 */
export function planClozeEpoch(
  histories: Histories,
  limit: number,
  batchTokens: number,
  rng: Rng,
): PlannedBatch[] {
  const rows: Row[] = []
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const length = lengthOf(histories, user)
    if (length < 2) continue
    let end = rng.uniform() < 0.5 ? length : 2 + rng.int(length - 1)
    for (; end >= 2; end -= limit) rows.push({ user, position: end - 1, length: Math.min(end, limit) })
  }
  return planRows(rows, limit, batchTokens, rng)
}

/**
 * The targets of one epoch of `nextItemBpr`: every tenth interaction of a user but the first, from a random one on. All
 * of them, an epoch of the paper, would be a pass over the data per position of a history.
 */
export function planNextItemEpoch(
  histories: Histories,
  limit: number,
  batchTokens: number,
  rng: Rng,
): PlannedBatch[] {
  const rows: Row[] = []
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const length = lengthOf(histories, user)
    for (let position = 1 + rng.int(targetStride); position < length; position += targetStride) {
      rows.push({ user, position, length: Math.min(position, limit) })
    }
  }
  return planRows(rows, limit, batchTokens, rng)
}

/** Rows of similar length together, in random order, the batches in random order. */
function planRows(rows: readonly Row[], limit: number, batchTokens: number, rng: Rng): PlannedBatch[] {
  const byTime = new Map<number, Row[]>()
  for (const row of rows) {
    const time = timeBucket(row.length, limit)
    const group = byTime.get(time)
    if (group) group.push(row)
    else byTime.set(time, [row])
  }
  const plans: PlannedBatch[] = []
  for (const [time, group] of [...byTime].sort(([a], [b]) => a - b)) {
    rng.shuffle(group)
    const batch = rowsPerBatch(time, batchTokens)
    for (let from = 0; from < group.length; from += batch) {
      const members = group.slice(from, from + batch)
      plans.push({
        batch,
        time,
        users: Int32Array.from(members, ({ user }) => user),
        positions: Int32Array.from(members, ({ position }) => position),
      })
    }
  }
  return rng.shuffle(plans)
}

/** Windows with some items masked. */
export interface ClozeBatch {
  /** `[batch, time]`, 0 for [MASK] and for padding on the right. */
  readonly history: Int32Array
  /** `[batch]`, items of each window, masked ones included. */
  readonly lengths: Int32Array
  /** `[batch * maskedCount(time)]`, the items that were masked; 0 where a window has fewer. */
  readonly targets: Int32Array
  /** As many: the places of the targets in the flattened `history`; 0 where there is none. */
  readonly maskedAt: Int32Array
}

/**
 * Windows of a plan with {@link maskedCount} of their items masked: any ones with equal probability, but with
 * probability `lastItemShare` the newest and any others. An item that occurs twice may be masked in one place and stay
 * in the other.
 */
export function clozeBatch(
  histories: Histories,
  plan: PlannedBatch,
  config: Bert4recConfig,
  numItems: number,
  rng: Rng,
): ClozeBatch {
  const { batch, time, users } = plan
  const slots = maskedCount(config, time)
  const history = new Int32Array(batch * time)
  const lengths = new Int32Array(batch)
  const targets = new Int32Array(batch * slots)
  const maskedAt = new Int32Array(batch * slots)
  users.forEach((user, row) => {
    const window = itemsBefore(histories, user, positionOf(histories, plan, row) + 1, time)
    const { length } = window
    const from = row * time
    history.set(window, from)
    lengths[row] = length
    // The first places after a partial Fisher-Yates shuffle are masked.
    const places = Int32Array.from(window, (_, place) => place)
    const newestFirst = rng.uniform() < config.lastItemShare
    for (let pick = 0; pick < maskedCount(config, length); pick++) {
      const chosen = newestFirst && pick === 0 ? length - 1 : pick + rng.int(length - pick)
      const at = from + places[chosen]!
      places[chosen] = places[pick]!
      targets[row * slots + pick] = history[at]!
      maskedAt[row * slots + pick] = at
      history[at] = replacement(history[at]!, config, numItems, rng)
    }
  })
  return { history, lengths, targets, maskedAt }
}

/** What stands for a masked item: [MASK], or in the manner of BERT now and then an item. */
function replacement(item: number, config: Bert4recConfig, numItems: number, rng: Rng): number {
  const draw = config.replacement === 'bert' ? rng.uniform() : 0
  if (draw < 0.8) return 0
  return draw < 0.9 ? 1 + rng.int(numItems) : item
}

/** Each row's target `[batch]` and what came before it, `[batch, time]`, padded with 0 on the right. */
export function lastTargetBatch(
  histories: Histories,
  plan: PlannedBatch,
): { readonly history: Int32Array; readonly targets: Int32Array } {
  const history = new Int32Array(plan.batch * plan.time)
  const targets = new Int32Array(plan.batch)
  plan.users.forEach((user, row) => {
    const position = positionOf(histories, plan, row)
    history.set(itemsBefore(histories, user, position, plan.time), row * plan.time)
    targets[row] = histories.items[histories.offsets[user]! + position]!
  })
  return { history, targets }
}

/** The newest `limit` of the first `count` items of a user. */
function itemsBefore({ offsets, items }: Histories, user: number, count: number, limit: number): Int32Array {
  const end = offsets[user]! + count
  return items.subarray(end - Math.min(count, limit), end)
}

function positionOf(histories: Histories, { users, positions }: PlannedBatch, row: number): number {
  return positions ? positions[row]! : lengthOf(histories, users[row]!) - 1
}

function lengthOf({ offsets }: Histories, user: number): number {
  return offsets[user + 1]! - offsets[user]!
}
