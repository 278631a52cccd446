import { leaveOneOutTargets, SasrecEncoder, type Histories } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import type { LoadedRun } from './load-run.js'

/** Options of {@link encodeUsers}. */
export interface EncodeOptions {
  readonly threads?: number
  /** User indices; everybody when left out. */
  readonly users?: Int32Array
}

/**
 * User vectors `[users, dimension]` as a run scores with them: for `test` the history is everything but
 * the last item, for `validation` everything but the last two.
 */
export async function encodeUsers(
  run: LoadedRun,
  split: 'validation' | 'test',
  options: EncodeOptions = {},
): Promise<Float32Array> {
  return encode(run, leaveOneOutTargets(run.dataset.histories, split).known, options)
}

/** User vectors of histories given as item indices, oldest first. */
export async function encodeHistories(
  run: LoadedRun,
  histories: readonly (readonly number[])[],
): Promise<Float32Array> {
  const offsets = new Int32Array(histories.length + 1)
  histories.forEach((history, index) => (offsets[index + 1] = offsets[index]! + history.length))
  return encode(run, { offsets, items: Int32Array.from(histories.flat()) }, {})
}

async function encode(
  run: LoadedRun,
  histories: Histories,
  { threads, users }: EncodeOptions,
): Promise<Float32Array> {
  const runtime = createOrtRuntime(threads === undefined ? {} : { threads })
  const encoder = new SasrecEncoder(runtime, run.store, run.manifest.config.model, run.dataset.numItems)
  try {
    return await encoder.encode(histories, users)
  } finally {
    await encoder.release()
  }
}
