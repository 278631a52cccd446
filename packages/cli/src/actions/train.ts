import { VeilrecError } from '@veilrec/core'
import {
  partVeil,
  readConfig,
  train,
  type JointVeilRequest,
  type RunManifest,
  type TrainResult,
} from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { duration, fixed, withInterval } from '../render/numbers.js'
import { renderTable } from '../render/table.js'
import { renderJointVeil } from '../render/veil.js'

/** Flags of `veilrec train`. */
export interface TrainFlags {
  readonly dataset?: string
  readonly model?: string
  /** Method of a veil that is trained along. */
  readonly veil?: string
  readonly attributes?: readonly string[]
  readonly config?: string
  readonly set?: readonly string[]
  readonly seed?: number
  readonly name?: string
  readonly resume?: string
  readonly json: boolean
}

/** `veilrec train` */
export async function trainRun(this: CliContext, flags: TrainFlags): Promise<void> {
  const { config: file, set, veil: method, attributes, json, ...request } = flags
  await perform(this, {
    json,
    work: async (around) => {
      if (attributes !== undefined && method === undefined) throw attributesWithoutVeil()
      const settings = await readConfig({
        ...(request.model === undefined ? {} : { model: request.model }),
        ...(method === undefined ? {} : { veil: method }),
        ...(file === undefined ? {} : { file }),
        ...(set === undefined ? {} : { set }),
      })
      const [config, ofVeil] = partVeil(settings)
      const veil = method === undefined ? undefined : jointVeil(method, attributes, ofVeil)
      const given = Object.entries({ ...request, config, veil }).filter(([, value]) => value !== undefined)
      return train({
        ...around,
        ...(Object.fromEntries(given) as typeof request & { config?: unknown; veil?: JointVeilRequest }),
      })
    },
    render: renderRun,
  })
}

function jointVeil(
  method: string,
  attributes: readonly string[] | undefined,
  config: unknown,
): JointVeilRequest {
  return { method, ...(attributes && { attributes }), ...(config === undefined ? {} : { config }) }
}

function attributesWithoutVeil(): VeilrecError {
  return new VeilrecError(
    'INVALID_ARGUMENT',
    '--attributes says what a veil hides, and there is none',
    {},
    'Train one along with --veil filters, or put one on the finished run with "veilrec veil RUN --attributes ...".',
  )
}

function renderRun({ manifest, folder, veil }: TrainResult): string {
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
    ...(veil ? [renderJointVeil(veil), ''] : []),
    `stored in ${folder}`,
    '',
    veil ? `Next: veilrec audit ${name}` : `Next: veilrec veil ${name} --method linear-erasure`,
  ].join('\n')
}

/** NDCG@10 over the users whose last item is no guess (evaluation.md rule 1). */
function untied(accuracy: NonNullable<RunManifest['test']>['model']): string {
  const estimate = accuracy['ndcg@10-untied']
  return estimate === null ? '-' : withInterval(estimate.value, estimate.interval, 4)
}
