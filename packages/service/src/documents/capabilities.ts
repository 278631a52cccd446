import type { AuditedFigures, Bundle, BundleManifest } from '@veilrec/runtime'

import type { Capabilities } from '../api/capabilities.js'
import { modes } from '../api/recommendation-request.js'
import type { RecommendationResponse } from '../api/recommendation-response.js'
import type { ServiceConfig } from '../config.js'
import { allowedRequirements, type ServedRequirements } from '../switches/served-requirements.js'

/** What answers say of the model of a bundle. */
export function modelOf({ model, digest }: BundleManifest): RecommendationResponse['model'] {
  return { id: model.id, version: model.version, digest: `sha256:${digest}` }
}

/** What the service can be asked for, from its live configuration. */
export function capabilitiesOf(
  { model: { manifest }, catalogue }: Bundle,
  served: ServedRequirements,
  { unaudited, limits }: ServiceConfig,
): Capabilities {
  const about = manifest.veil?.audit ?? null
  const audited = (figures: AuditedFigures): Capabilities['requirements'][number]['audit'] =>
    about && {
      kind: about.kind,
      ndcg_change: figures.ndcgChange && estimate(figures.ndcgChange),
      ndcg_base: about.ndcgBase,
      worst_hidden_auc: estimate(figures.worstHiddenAuc),
      worst_hidden: worstHidden(figures),
      at_chance: figures.atChance,
      attackers: about.attackers,
      digest: `sha256:${about.sha256}`,
    }
  return {
    attributes: served.attributes.map((name) => ({ name })),
    requirements: allowedRequirements(served, { unaudited: unaudited === 'serve_flagged' }).map(
      ({ hide, audit }) => ({
        hide: [...hide],
        method: served.method!,
        audited: audit !== null,
        audit: audit && audited(audit),
      }),
    ),
    unaudited,
    modes: [...modes],
    filters: { properties: catalogue.properties.map(({ name, values }) => ({ name, values: [...values] })) },
    limits: {
      k: limits.k,
      batch: limits.batch,
      history: limits.history,
      history_used: manifest.model.historyLength,
      candidates: limits.candidates,
      body_bytes: limits.bodyBytes,
    },
    model: modelOf(manifest),
  }
}

function worstHidden({
  worstHidden: worst,
}: AuditedFigures): NonNullable<Capabilities['requirements'][number]['audit']>['worst_hidden'] {
  if (worst === undefined) return null
  return { attribute: worst.attribute, evidence: worst.evidence === 'vectors' ? 'vectors' : 'list' }
}

function estimate({ value, lower, upper }: AuditedFigures['worstHiddenAuc']): {
  value: number
  low: number
  high: number
} {
  return { value, low: lower, high: upper }
}
