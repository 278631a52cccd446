import { report } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderReport } from '../render/report.js'

/** Flags of `veilrec report`. */
export interface ReportFlags {
  readonly out?: string
  readonly figures?: string
  readonly json: boolean
}

/** `veilrec report RUN...` */
export async function writeReport(
  this: CliContext,
  { out, figures, json }: ReportFlags,
  ...subjects: readonly string[]
): Promise<void> {
  await perform(this, {
    json,
    work: (around) =>
      report({
        ...around,
        subjects,
        ...(out === undefined ? {} : { out }),
        ...(figures === undefined ? {} : { figures }),
      }),
    render: renderReport,
  })
}
