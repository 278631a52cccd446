import { overviewRuns } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { fixed } from '../render/numbers.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec runs`. */
export interface RunsFlags {
  readonly json: boolean
}

/** `veilrec runs` */
export async function listAllRuns(this: CliContext, { json }: RunsFlags): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => overviewRuns(home),
    render: (runs) =>
      runs.length === 0
        ? 'No run yet. Train one with veilrec train --dataset NAME --model sasrec.'
        : renderTable(
            ['run', 'model', 'data set', 'seed', 'state', 'test NDCG@10', 'veils'],
            runs.map(({ name, manifest, veils }) => [
              name,
              manifest.model,
              manifest.dataset.name,
              manifest.seed,
              manifest.status,
              fixed(manifest.test?.model['ndcg@10'].value ?? null, 4),
              veils.map(({ method, attributes }) => `${method}: ${attributes.join(', ')}`).join('; '),
            ]),
          ),
  })
}
