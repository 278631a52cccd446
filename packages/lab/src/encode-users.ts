import { Encoder, leaveOneOutTargets, VeilrecError, type Histories } from '@veilrec/core'
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
  return encodeKnown(run, leaveOneOutTargets(run.dataset.histories, split).known, options)
}

/**
 * One history given as item indices, oldest first, as a recommender reads it.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for a recommender that knows users by their index only.
 */
export function historiesOf(run: LoadedRun, history: Int32Array): Histories {
  if (run.recommender.historyLength === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${run.manifest.model} reads no history: it has a vector for each user it was trained on and for nobody else`,
      { run: run.name, model: run.manifest.model },
      'Name a user of the data set, or train a sequential recommender such as sasrec.',
    )
  }
  return { offsets: Int32Array.of(0, history.length), items: history }
}

/**
 * User vectors of any histories, `[users, dimension]`.
 *
 * @param histories for a recommender that reads none: one for every user of the data set, in their order.
 */
export async function encodeKnown(
  run: LoadedRun,
  histories: Histories,
  { threads, users }: EncodeOptions,
): Promise<Float32Array> {
  const runtime = createOrtRuntime(threads === undefined ? {} : { threads })
  const encoder = new Encoder(runtime, run.recommender, run.store)
  try {
    return await encoder.encode(histories, users)
  } finally {
    await encoder.release()
  }
}
