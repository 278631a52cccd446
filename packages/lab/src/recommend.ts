import { canonicalRequirement, topK, VeilrecError, type Dataset } from '@veilrec/core'

import { attributesOf } from './attributes.js'
import { baseEncoder } from './base-encoder.js'
import { historiesFor } from './encode-users.js'
import { loadRun, type LoadedRun } from './load-run.js'
import { findVeil } from './veils/veil-lookup.js'

/** What {@link recommend} is asked to do. */
export interface RecommendRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** The user's id as the data set's source has it; or `history`. */
  readonly user?: string
  /** Ids of items as the source has them, oldest first, of a user who need not be in the data set; or `user`. */
  readonly history?: readonly string[]
  /** The requirement: names of the attributes that the recommender must not know; none when left out. */
  readonly veil?: readonly string[]
  /** Method of the veil, needed where veils of several methods serve the requirement. */
  readonly method?: string
  /** Number of items, at least 1; default 10. */
  readonly top?: number
}

/** One recommended item. */
export interface RecommendedItem {
  /** From 1. */
  readonly rank: number
  /** The id as the source has it. */
  readonly item: string
  /** Null where the data set has no titles. */
  readonly title: string | null
  readonly score: number
}

/** What {@link recommend} found. */
export interface RecommendResult {
  readonly run: string
  /** Null where a history was given. */
  readonly user: string | null
  /** Number of interactions that the recommendation rests on. */
  readonly historyLength: number
  /** Sorted; empty for no veil. */
  readonly requirement: readonly string[]
  /** Method of the veil; null exactly when nothing was to be hidden. */
  readonly method: string | null
  /** Without a veil. */
  readonly base: readonly RecommendedItem[]
  /** Behind the veil; null exactly when nothing was to be hidden. */
  readonly veiled: readonly RecommendedItem[] | null
}

/**
 * The best items that a user has not had, without a veil and, where a requirement is given, behind the veil for
 * exactly that requirement.
 *
 * The query is the user's whole history, the test target included, as in service, or the history given; its items are
 * masked. A requirement for which no veil is stored is an error and never the unprotected list.
 *
 * @returns fewer than `top` items when the user has had nearly everything.
 * @throws VeilrecError `RUN_NOT_FOUND`, `USER_NOT_FOUND`, `ITEM_NOT_FOUND`, `VEIL_NOT_FOUND`, `VEIL_STALE`,
 * `VEIL_CORRUPT`; `INVALID_ARGUMENT` for an unknown attribute or method, a method where there is nothing to hide, several
 * methods to choose from, a `top` out of range, or a history for a recommender that reads none.
 * @example
 * const { base, veiled } = await recommend({ home, run: 'latest', user: '42', veil: ['gender'], top: 5 })
 */
export async function recommend(request: RecommendRequest): Promise<RecommendResult> {
  const { home, top = 10 } = request
  if (!Number.isSafeInteger(top) || top < 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `top must be a whole number of at least 1, got ${top}`, {
      top,
    })
  }
  const run = await loadRun(home, request.run)
  const { dataset } = run
  const query = queryOf(dataset, request)
  const requirement = canonicalRequirement(request.veil ?? [])
  attributesOf(dataset, requirement)
  if (request.method !== undefined && request.veil === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `the method ${request.method} was named, but nothing to hide`,
      { method: request.method },
      'Name the attributes with --veil.',
    )
  }
  const base = baseEncoder(run)
  // The veil is found before anything is computed: without it there is no answer.
  const veil = requirement.length === 0 ? undefined : await findVeil(run, requirement, base, request.method)

  const { user, history } = query
  const histories = user === null ? historiesFor(run, [history]) : dataset.histories
  const users = Int32Array.of(user ?? 0)
  const vector = await base(histories, users)
  const veiled = await veil?.encode(histories, [requirement], users)
  return {
    run: run.name,
    user: request.user ?? null,
    historyLength: history.length,
    requirement,
    method: veil?.method ?? null,
    base: bestUnseen(run, vector, history, top),
    veiled: veiled === undefined ? null : bestUnseen(run, veiled, history, top),
  }
}

/** Who asks: a user of the data set by index, or nobody, and the items they had. */
interface Query {
  readonly user: number | null
  readonly history: readonly number[]
}

function queryOf(dataset: Dataset, { user, history }: RecommendRequest): Query {
  if ((user === undefined) === (history === undefined)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      user === undefined ? 'neither a user nor a history was given' : 'both a user and a history were given',
      {},
      'Give the id of a user, or the ids of the items that somebody has had.',
    )
  }
  if (history !== undefined) return { user: null, history: itemsOf(dataset, history) }
  const index = dataset.userIds.indexOf(user!)
  if (index < 0) {
    throw new VeilrecError(
      'USER_NOT_FOUND',
      `the data set ${dataset.name} has no user "${user}"`,
      { user, dataset: dataset.name },
      `Give an id of the source that survived filtering, such as ${dataset.userIds[0]}.`,
    )
  }
  const { offsets, items } = dataset.histories
  return { user: index, history: Array.from(items.subarray(offsets[index]!, offsets[index + 1]!)) }
}

function itemsOf({ name, itemIds }: Dataset, history: readonly string[]): number[] {
  if (history.length === 0) {
    throw new VeilrecError('INVALID_ARGUMENT', 'the history is empty; there is nothing to go by', {})
  }
  const places = new Map(itemIds.map((id, item) => [id, item]))
  places.delete(itemIds[0]!)
  return history.map((id) => {
    const item = places.get(id)
    if (item !== undefined) return item
    throw new VeilrecError(
      'ITEM_NOT_FOUND',
      `the data set ${name} has no item "${id}"`,
      { item: id, dataset: name },
      `Give ids of the source that survived filtering, such as ${itemIds[1]}.`,
    )
  })
}

function bestUnseen(
  { dataset, scores }: LoadedRun,
  vector: Float32Array,
  history: readonly number[],
  top: number,
): RecommendedItem[] {
  const seen = new Uint8Array(dataset.numItems + 1)
  for (const item of history) seen[item] = 1
  const best = topK(scores(vector)(0), top, seen)
  return Array.from(best.items, (item, i) => ({
    rank: i + 1,
    item: dataset.itemIds[item]!,
    title: titleOf(dataset, item),
    score: best.scores[i]!,
  }))
}

function titleOf({ itemTitles }: Dataset, item: number): string | null {
  return itemTitles?.[item] ?? null
}
