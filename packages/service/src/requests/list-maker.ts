import { VeilrecError } from '@veilrec/core'
import { listForEverybody, type RankedRow } from '@veilrec/runtime'

import type { BatchRequest, RecommendationRequest } from '../api/recommendation-request.js'
import type { BatchResponse, RecommendationResponse } from '../api/recommendation-response.js'
import { modelOf } from '../documents/capabilities.js'
import { problemOf } from '../http/problems.js'
import type { ServiceMetrics } from '../http/metrics.js'
import type { RankPool } from '../ranking/rank-pool.js'
import type { VectorCache } from '../ranking/vector-cache.js'
import { failedVeil, resolveRequest, type RequestContext, type ResolvedRequest } from './resolve-request.js'

/** What lists are made with. */
export interface ListMakerInput extends RequestContext {
  readonly pool: Pick<RankPool, 'rank'>
  readonly cache: VectorCache
  readonly metrics: Pick<ServiceMetrics, 'recommended' | 'cached'>
  /** Version of the document of main parameters. */
  readonly parametersVersion: string
}

/** Answers requests: resolves them, has them ranked together, and says what was applied. */
export class ListMaker {
  readonly #input: ListMakerInput
  readonly #model: RecommendationResponse['model']

  constructor(input: ListMakerInput) {
    this.#input = input
    this.#model = modelOf(input.bundle.model.manifest)
  }

  /**
   * One list. Where a list for the person turns out impossible, it is the one for everybody, and says so.
   *
   * @throws VeilrecError `SERVICE_OVERLOADED`; what {@link resolveRequest} throws.
   */
  async answer(request: RecommendationRequest, requestId: string): Promise<RecommendationResponse> {
    const started = performance.now()
    const { metrics, bundle, parametersVersion } = this.#input
    const resolved = resolveRequest(request, this.#input)
    const ranked = await this.#rank(resolved)
    const { row } = resolved
    const hasFailed = row.person !== null && ranked?.isProfiled !== true
    const applied = hasFailed ? failedVeil(request, resolved.applied) : resolved.applied
    const items = ranked?.items ?? listForEverybody(bundle.model.catalogue, row)
    metrics.recommended(applied)
    const { ids, titles } = bundle.catalogue
    return {
      request_id: requestId,
      items: Array.from(items, (item, place) => ({
        id: ids[item]!,
        title: titles?.[item] ?? null,
        rank: place + 1,
      })),
      applied,
      model: this.#model,
      parameters_ref: `/v1/parameters?version=${parametersVersion}`,
      took_ms: Math.round(performance.now() - started),
    }
  }

  /**
   * Several lists, each with its own outcome.
   *
   * @throws VeilrecError `REQUEST_INVALID` for more than the limit.
   */
  async answerAll({ requests }: BatchRequest, requestId: string): Promise<BatchResponse> {
    const { batch } = this.#input.config.limits
    if (requests.length > batch) {
      const message = `requests are more than this service takes, ${batch}`
      throw new VeilrecError('REQUEST_INVALID', message, {
        errors: [{ pointer: '/requests', detail: message }],
      })
    }
    const results = requests.map(async (request, index): Promise<BatchResponse['results'][number]> => {
      const id = `${requestId}/${index}`
      try {
        return { status: 200, response: await this.answer(request, id) }
      } catch (error) {
        const problem = problemOf(error, id)
        return { status: problem.status, problem }
      }
    })
    return { results: await Promise.all(results) }
  }

  async #rank({ row, cacheUser }: ResolvedRequest): Promise<RankedRow | null> {
    const { pool, cache, metrics } = this.#input
    const { person } = row
    if (person === null || cacheUser === null) return pool.rank(row)
    const key = cache.key(cacheUser, person.history, this.#model.digest)
    const base = cache.get(key)
    metrics.cached(base !== undefined)
    const ranked = await pool.rank(base === undefined ? row : { ...row, person: { ...person, base } })
    if (base === undefined && ranked?.base !== undefined) cache.set(key, ranked.base)
    return ranked
  }
}
