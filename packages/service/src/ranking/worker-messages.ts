import type { SerializedError } from '@veilrec/core'
import type { BundleModel, RankedRow, RankRow } from '@veilrec/runtime'

/** What a ranking thread is started with. */
export interface RankWorkerData {
  readonly model: BundleModel
}

/** Rows for a ranking thread. */
export interface RankTask {
  readonly rows: readonly RankRow[]
}

/** What a ranking thread says: once that it is ready, then one answer for each task, in their order. */
export type RankMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ranked'; readonly rows: readonly RankedRow[] }
  | { readonly kind: 'failed'; readonly error: SerializedError }
