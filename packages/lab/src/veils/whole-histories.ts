import { distilledLabels, leaveOneOutTargets, type AudienceVectors, type DefenceLabels } from '@veilrec/core'

import type { VeilTask } from './veil-kind.js'

/**
 * Everybody by their whole history, first without the test item and then without the last two, `[2 * numUsers, dimension]`, and what
 * vectors and items tell of them.
 */
export async function wholeHistories(
  task: Pick<VeilTask<unknown>, 'run' | 'base' | 'rng' | 'runtime' | 'threads' | 'step'>,
  labels: DefenceLabels,
): Promise<AudienceVectors> {
  const { run, base, rng, runtime, threads, step } = task
  const { dataset, dimension } = run
  const { numUsers } = dataset
  const vectors = new Float32Array(2 * numUsers * dimension)
  const { known } = leaveOneOutTargets(dataset.histories, 'test')
  vectors.set(await base(known))
  vectors.set(await base(leaveOneOutTargets(dataset.histories, 'validation').known), numUsers * dimension)
  const probabilities = await distilledLabels({
    labels,
    dimension,
    vectors,
    users: Int32Array.from({ length: 2 * numUsers }, (_, row) => row % numUsers),
    items: { histories: known, numItems: dataset.numItems },
    runtime,
    ...(threads !== undefined && { session: { threads } }),
    rng: rng.split('distilled labels'),
    step: (done, total) => step('distil labels', done, total),
  })
  return { vectors, probabilities }
}
