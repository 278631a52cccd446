import type { ProgressSink } from '@veilrec/core'

/** What `audit` is asked to do. */
export interface AuditRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** Names of the attributes to attack; all when left out. */
  readonly attributes?: readonly string[]
  /** Only the veil of this method; all that the run has when left out. */
  readonly method?: string
  /** One seed, the small attackers, and only what a first look needs; the result says what was left out. */
  readonly isQuick?: boolean
  /** Whole number from which attackers, bootstrap and controls follow; default 1. */
  readonly seed?: number
  /** Worker threads; by default as many as cores, 4 at the most. The result does not depend on it. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}
