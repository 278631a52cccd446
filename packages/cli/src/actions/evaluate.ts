import { evaluate, type EvaluationSplit } from '@veilrec/lab'

import { withCommandHints } from '../command-hints.js'
import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderEvaluation } from '../render/evaluation.js'

/** Flags of `veilrec evaluate`. */
export interface EvaluateFlags {
  readonly runFile?: string
  readonly dataset?: string
  readonly split: EvaluationSplit
  readonly seed: number
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec evaluate [RUN]` */
export async function evaluateRun(this: CliContext, flags: EvaluateFlags, run?: string): Promise<void> {
  const { runFile, dataset, split, seed, threads, json } = flags
  await perform(this, {
    json,
    work: (around) =>
      withCommandHints(
        dataset ?? 'NAME',
        () =>
          evaluate({
            ...around,
            split,
            seed,
            ...(run === undefined ? {} : { run }),
            ...(runFile === undefined ? {} : { runFile }),
            ...(dataset === undefined ? {} : { dataset }),
            ...(threads === undefined ? {} : { threads }),
          }),
        {
          INVALID_ARGUMENT: ({ hint }) =>
            hint?.startsWith('Name a run') === true
              ? 'Type "veilrec evaluate RUN", or "veilrec evaluate --run-file FILE --dataset NAME".'
              : undefined,
        },
      ),
    render: renderEvaluation,
  })
}
