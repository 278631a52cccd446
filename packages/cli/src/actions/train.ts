import { readConfig, train, type RunManifest } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { duration, fixed, withInterval } from '../render/numbers.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec train`. */
export interface TrainFlags {
  readonly dataset?: string
  readonly model?: string
  readonly config?: string
  readonly set?: readonly string[]
  readonly seed?: number
  readonly name?: string
  readonly resume?: string
  readonly json: boolean
}

/** `veilrec train` */
export async function trainRun(this: CliContext, flags: TrainFlags): Promise<void> {
  const { config: file, set, json, ...request } = flags
  await perform(this, {
    json,
    work: async (around) => {
      const config = await readConfig({
        ...(request.model === undefined ? {} : { model: request.model }),
        ...(file === undefined ? {} : { file }),
        ...(set === undefined ? {} : { set }),
      })
      const given = Object.entries({ ...request, config }).filter(([, value]) => value !== undefined)
      return train({
        ...around,
        ...(Object.fromEntries(given) as typeof request & { config?: unknown }),
      })
    },
    render: ({ manifest, folder }) => renderRun(manifest, folder),
  })
}

function renderRun(manifest: RunManifest, folder: string): string {
  const { name, epochs, bestEpoch, bestValidation, trainingSeconds, test, parameters } = manifest
  const rows =
    test === null
      ? []
      : ([
          ['popularity', test.popularity],
          [manifest.model, test.model],
        ] as const)
  return [
    `${name}: best epoch ${bestEpoch} of ${epochs} (validation NDCG@10 ${fixed(bestValidation, 4)}), ` +
      `${duration(trainingSeconds)}, ${parameters} parameters`,
    renderTable(
      ['test, full ranking', 'NDCG@10 [95 %]', 'last item not tied', 'HIT@10 [95 %]', 'users'],
      rows.map(([recommender, accuracy]) => [
        recommender,
        withInterval(accuracy['ndcg@10'].value, accuracy['ndcg@10'].interval, 4),
        untied(accuracy),
        withInterval(accuracy['hit@10'].value, accuracy['hit@10'].interval, 4),
        accuracy.users,
      ]),
    ),
    `stored in ${folder}`,
    '',
    `Next: veilrec veil ${name} --method linear-erasure`,
  ].join('\n')
}

/** NDCG@10 over the users whose last item is no guess (evaluation.md rule 1). */
function untied(accuracy: NonNullable<RunManifest['test']>['model']): string {
  const estimate = accuracy['ndcg@10-untied']
  return estimate === null ? '-' : withInterval(estimate.value, estimate.interval, 4)
}
