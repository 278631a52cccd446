import { VeilrecError } from '@veilrec/core'
import type { Bundle, ItemChoice, RankRow } from '@veilrec/runtime'

import type { RecommendationRequest } from '../api/recommendation-request.js'
import type { Applied } from '../api/recommendation-response.js'
import type { ServiceConfig } from '../config.js'
import { resolveSwitches, type ResolvedSwitches } from '../switches/resolve-switches.js'
import type { ServedRequirements } from '../switches/served-requirements.js'
import type { CatalogueIndex } from './catalogue-index.js'

/** What requests are resolved against. */
export interface RequestContext {
  readonly bundle: Bundle
  readonly index: CatalogueIndex
  readonly served: ServedRequirements
  readonly config: ServiceConfig
}

/** A request as the ranking takes it, and what was applied. */
export interface ResolvedRequest {
  readonly row: RankRow
  readonly applied: Applied
  /** The user, where the list is for one whose vector may be kept. */
  readonly cacheUser: string | null
}

/**
 * Turns a request into a row to be ranked. Where the list is non-profiled, nothing of the person gets any further: neither id nor
 * history is looked up.
 *
 * @throws VeilrecError `REQUEST_INVALID` for more than a limit; `ITEM_NOT_FOUND` for a candidate, `FILTER_UNKNOWN`; what
 * {@link resolveSwitches} throws.
 */
export function resolveRequest(request: RecommendationRequest, context: RequestContext): ResolvedRequest {
  const { config, served } = context
  checkLimits(request, config)
  const switches = resolveSwitches(request.requirements, config.defaults, config.unaudited, served)
  const { k, seed } = request
  const common = { k, seed, choice: choiceOf(request, context) }
  if (switches.mode === 'non_profiled') {
    return { row: { ...common, person: null }, applied: forEverybody(request, switches), cacheUser: null }
  }
  const { source, items, unknown } = historyOf(request, context)
  if (items.length === 0) {
    const fallen = fallBack(request, switches)
    return { row: { ...common, person: null }, applied: fallen, cacheUser: null }
  }
  const excluded = request.filters.exclude_seen ? items : new Int32Array()
  return {
    row: { ...common, person: { history: items, excluded, hide: switches.hide } },
    applied: {
      ...appliedOf(switches, served),
      history: {
        source,
        length: Math.min(items.length, context.bundle.model.manifest.model.historyLength),
        unknown,
      },
      ignored: [],
    },
    cacheUser: request.user?.id ?? null,
  }
}

/** What is applied where the list of a person turned out impossible while it was made. */
export function failedVeil(request: RecommendationRequest, applied: Applied): Applied {
  return {
    ...applied,
    mode: 'non_profiled',
    mode_source: 'fallback',
    method: null,
    audited: true,
    audit_digest: null,
    degraded: true,
    fallback_reason: 'veil_failed',
    history: { source: 'none', length: 0, unknown: 0 },
    ignored: ignoredBy(request),
  }
}

function fallBack(request: RecommendationRequest, switches: ResolvedSwitches): Applied {
  return forEverybody(request, {
    ...switches,
    mode: 'non_profiled',
    modeSource: 'fallback',
    method: null,
    audited: true,
    fallbackReason: 'no_history',
  })
}

function forEverybody(request: RecommendationRequest, switches: ResolvedSwitches): Applied {
  return {
    ...appliedOf(switches, { auditDigest: null }),
    history: { source: 'none', length: 0, unknown: 0 },
    ignored: ignoredBy(request),
  }
}

function appliedOf(
  { mode, modeSource, hide, sources, method, audited, fallbackReason }: ResolvedSwitches,
  { auditDigest }: Pick<ServedRequirements, 'auditDigest'>,
): Omit<Applied, 'history' | 'ignored'> {
  return {
    mode,
    mode_source: modeSource,
    hide: [...hide],
    sources,
    method,
    audited,
    audit_digest: audited ? auditDigest : null,
    degraded: fallbackReason !== null,
    fallback_reason: fallbackReason,
  }
}

/** Fields without effect on a list that is the same for everybody. */
function ignoredBy({ user, history }: RecommendationRequest): string[] {
  return [
    ...(user === null ? [] : ['user']),
    ...(history === null ? [] : ['history']),
    'filters.exclude_seen',
  ]
}

function historyOf(
  { user, history }: RecommendationRequest,
  { bundle, index }: RequestContext,
): { source: Applied['history']['source']; items: Int32Array; unknown: number } {
  if (history !== null) {
    const found = history.flatMap((id) => index.items.get(id) ?? [])
    return { source: 'request', items: Int32Array.from(found), unknown: history.length - found.length }
  }
  const place = user === null ? undefined : bundle.known?.users.get(user.id)
  if (place === undefined) return { source: 'none', items: new Int32Array(), unknown: 0 }
  const { offsets, items } = bundle.known!.histories
  // A view would take the histories of everybody with it into the ranking thread.
  return { source: 'stored', items: items.slice(offsets[place], offsets[place + 1]), unknown: 0 }
}

function choiceOf({ candidates, filters }: RecommendationRequest, { index }: RequestContext): ItemChoice {
  return {
    candidates:
      candidates &&
      candidates.map((id, at) => {
        const item = index.items.get(id)
        if (item !== undefined) return item
        throw wrong('ITEM_NOT_FOUND', 'a candidate is no item of the catalogue', `/candidates/${at}`)
      }),
    properties: Object.entries(filters.properties).map(([name, values]) => {
      const known = index.properties.get(name)
      const pointer = '/filters/properties'
      if (known === undefined) {
        const supported = [...index.properties.keys()]
        throw wrong('FILTER_UNKNOWN', 'items have no such property', pointer, supported)
      }
      const codes = values.map((value) => known.codes.get(value))
      const missing = codes.indexOf(undefined)
      if (missing < 0) return { property: known.property, codes: codes as number[] }
      const detail = `no item has the value number ${missing + 1} of ${name}`
      throw wrong('FILTER_UNKNOWN', detail, pointer)
    }),
  }
}

function checkLimits(request: RecommendationRequest, { limits }: ServiceConfig): void {
  const check = (field: 'k' | 'history' | 'candidates', found: number, limit: number): void => {
    if (found <= limit) return
    throw wrong('REQUEST_INVALID', `${field} is more than this service takes, ${limit}`, `/${field}`)
  }
  check('k', request.k, limits.k)
  check('history', request.history?.length ?? 0, limits.history)
  check('candidates', request.candidates?.length ?? 0, limits.candidates)
}

function wrong(
  code: 'REQUEST_INVALID' | 'ITEM_NOT_FOUND' | 'FILTER_UNKNOWN',
  message: string,
  pointer: string,
  supported?: readonly string[],
): VeilrecError {
  const errors = [{ pointer, detail: message }]
  return new VeilrecError(code, message, { errors, ...(supported && { supported }) })
}
