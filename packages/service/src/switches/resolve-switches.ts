import { canonicalRequirement, requirementKey, VeilrecError, type Requirement } from '@veilrec/core'

import type { Mode } from '../api/recommendation-request.js'
import type { FallbackReason, Source } from '../api/recommendation-response.js'
import type { UnauditedPolicy } from '../config.js'
import { allowedRequirements, type ServedRequirements } from './served-requirements.js'

/** Switches as a request or a configuration sets them. */
export interface Switches {
  readonly hide: readonly string[]
  readonly mode: Mode
}

/** What is applied, and where it came from. */
export interface ResolvedSwitches {
  readonly mode: Mode
  readonly modeSource: Source
  /** Sorted; where nothing is profiled, what was asked for. */
  readonly hide: Requirement
  readonly sources: Readonly<Record<string, Source>>
  readonly method: string | null
  readonly audited: boolean
  readonly fallbackReason: FallbackReason | null
}

/**
 * What the switches of a request come to. They add to those of the service and take nothing away: everything that either hides is
 * hidden, and a list is non-profiled if either says so.
 *
 * A requirement that the veil does not serve never gets another list than the non-profiled one, or, by the policy `tighten`, one
 * behind the veil for the smallest audited requirement around it (of equals the first by name).
 *
 * @throws VeilrecError `REQUEST_INVALID` for a value where the name of an attribute belongs; `ATTRIBUTE_UNKNOWN` with
 * `details.supported`; `REQUIREMENT_UNAUDITED` by the policy `reject`. No message repeats what was asked for.
 */
export function resolveSwitches(
  request: Switches,
  defaults: Switches,
  policy: UnauditedPolicy,
  served: ServedRequirements,
): ResolvedSwitches {
  checkNames(request.hide, served)
  const asked = canonicalRequirement([...request.hide, ...defaults.hide])
  const sources: Record<string, Source> = {}
  for (const name of asked) sources[name] = defaults.hide.includes(name) ? 'default' : 'request'
  const everybody = (modeSource: Source, fallbackReason: FallbackReason | null): ResolvedSwitches => ({
    mode: 'non_profiled',
    modeSource,
    hide: asked,
    sources,
    method: null,
    audited: true,
    fallbackReason,
  })
  if (defaults.mode === 'non_profiled') return everybody('default', null)
  if (request.mode === 'non_profiled') return everybody('request', null)

  const profiled = { mode: 'profiled', modeSource: 'request', fallbackReason: null } as const
  if (asked.length === 0) {
    return { ...profiled, hide: [], sources, method: null, audited: served.auditDigest !== null }
  }
  const exact = served.byKey.get(requirementKey(asked))
  const audited = exact !== undefined && exact.audit !== null
  if (exact !== undefined && (audited || policy === 'serve_flagged')) {
    return { ...profiled, hide: asked, sources, method: served.method, audited }
  }
  if (exact !== undefined && policy === 'reject') {
    throw new VeilrecError(
      'REQUIREMENT_UNAUDITED',
      'hiding exactly these attributes was not audited, and this service refuses what was not',
      { supported: allowedRequirements(served, { unaudited: false }).map(({ hide }) => hide.join(',')) },
      'Ask for an audited requirement, or for the mode non_profiled.',
    )
  }
  const around = allowedRequirements(served, { unaudited: false })
    .filter(({ hide }) => policy === 'tighten' && asked.every((name) => hide.includes(name)))
    .sort((a, b) => a.hide.length - b.hide.length)
    .at(0)
  if (around === undefined) return everybody('fallback', 'requirement_not_served')
  for (const name of around.hide) sources[name] ??= 'tightened'
  return { ...profiled, hide: around.hide, sources, method: served.method, audited: true }
}

function checkNames(hide: readonly string[], { attributes }: ServedRequirements): void {
  for (const [index, name] of hide.entries()) {
    if (attributes.includes(name)) continue
    const pointer = `/requirements/hide/${index}`
    if (
      attributes.some(
        (attribute) => name.startsWith(attribute) && /^\s*[=:]/.test(name.slice(attribute.length)),
      )
    ) {
      throw new VeilrecError(
        'REQUEST_INVALID',
        'a requirement names attributes and never a value of one',
        { errors: [{ pointer, detail: 'a value where only the name of an attribute belongs' }] },
        'Send the name of the attribute alone.',
      )
    }
    throw new VeilrecError(
      'ATTRIBUTE_UNKNOWN',
      'an attribute to hide is none that this service can hide',
      { errors: [{ pointer, detail: 'unknown attribute' }], supported: attributes },
      'Ask /v1/capabilities for the attributes.',
    )
  }
}
