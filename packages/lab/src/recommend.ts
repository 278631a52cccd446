import { topK, type Dataset } from '@veilrec/core'
import { resolveQuery, type RecommendQuery } from '@veilrec/runtime'

import { attributesOf } from './attributes.js'
import { baseEncoder } from './base-encoder.js'
import { historiesOf } from './encode-users.js'
import { loadRun, type LoadedRun } from './load-run.js'
import { findVeil } from './veils/veil-lookup.js'

/**
 * What {@link recommend} is asked to do. A method is needed where veils of several methods serve the requirement; ids are those of the
 * data set's source.
 */
export interface RecommendRequest extends RecommendQuery {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
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
  const run = await loadRun(request.home, request.run)
  const { dataset } = run
  const { user, history, requirement, top } = resolveQuery(request, {
    name: `the data set ${dataset.name}`,
    users: new Map(dataset.userIds.map((id, row) => [id, row])),
    histories: dataset.histories,
    itemIds: dataset.itemIds,
  })
  attributesOf(dataset, requirement)
  const base = baseEncoder(run)
  // The veil is found before anything is computed: without it there is no answer.
  const veil = requirement.length === 0 ? undefined : await findVeil(run, requirement, base, request.method)

  const histories = user === null ? historiesOf(run, history) : dataset.histories
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

function bestUnseen(
  { dataset, scores }: LoadedRun,
  vector: Float32Array,
  history: Int32Array,
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
