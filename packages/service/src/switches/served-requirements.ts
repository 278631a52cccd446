import { requirementKey, type Requirement } from '@veilrec/core'
import type { AuditedFigures, BundleManifest } from '@veilrec/runtime'

/** One requirement that the veil of a bundle serves. */
export interface ServedRequirement {
  /** Sorted. */
  readonly hide: Requirement
  /** Null where it was not audited. */
  readonly audit: AuditedFigures | null
}

/** What the veil of a bundle can be asked for. */
export interface ServedRequirements {
  /** Null for a bundle without a veil. */
  readonly method: string | null
  /** Sorted. */
  readonly attributes: readonly string[]
  /** By requirement key, the smaller first. */
  readonly byKey: ReadonlyMap<string, ServedRequirement>
  /** `sha256:HEX` of the audit; null where there is none. */
  readonly auditDigest: string | null
}

/** The requirements of a bundle. */
export function servedBy({ veil }: BundleManifest): ServedRequirements {
  return {
    method: veil?.method ?? null,
    attributes: veil?.attributes ?? [],
    byKey: new Map((veil?.requirements ?? []).map((served) => [requirementKey(served.hide), served])),
    auditDigest: veil?.audit ? `sha256:${veil.audit.sha256}` : null,
  }
}

/** The requirements that were audited, or all. */
export function allowedRequirements(
  { byKey }: ServedRequirements,
  options: { readonly unaudited: boolean },
): ServedRequirement[] {
  return [...byKey.values()].filter(({ audit }) => options.unaudited || audit !== null)
}
