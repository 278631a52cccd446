import { removeRun } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'

/** Flags of `veilrec runs rm`. */
export interface RunsRmFlags {
  readonly json: boolean
}

/** `veilrec runs rm RUN` */
export async function runsRm(this: CliContext, { json }: RunsRmFlags, name: string): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => removeRun(home, name),
    render: () => `removed the run ${name}`,
  })
}
