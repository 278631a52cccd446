import { removeUnusedDataset } from '@veilrec/lab'

import { withCommandHints } from '../command-hints.js'
import type { CliContext } from '../context.js'
import { perform } from '../perform.js'

/** Flags of `veilrec data rm`. */
export interface DataRmFlags {
  readonly force: boolean
  readonly json: boolean
}

/** `veilrec data rm NAME` */
export async function dataRm(this: CliContext, { force, json }: DataRmFlags, name: string): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => withCommandHints(name, () => removeUnusedDataset({ home, name, force })),
    render: ({ runs }) =>
      runs.length === 0
        ? `removed the data set ${name}`
        : `removed the data set ${name}; ${runs.join(', ')} cannot be used until it is added again as it was`,
  })
}
