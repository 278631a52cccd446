import { veil, type VeilMethod } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { duration } from '../render/numbers.js'

/** Flags of `veilrec veil`. */
export interface VeilFlags {
  readonly method: VeilMethod
  readonly attributes: readonly string[]
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec veil RUN` */
export async function veilRun(this: CliContext, flags: VeilFlags, run: string): Promise<void> {
  const { method, attributes, threads, json } = flags
  await perform(this, {
    json,
    work: (around) =>
      veil({ ...around, run, method, attributes, ...(threads === undefined ? {} : { threads }) }),
    render: ({ manifest, folder, fitSeconds }) =>
      [
        `veil ${manifest.id} on ${manifest.run}: hides ${manifest.attributes.join(', ')}; ` +
          `fitted in ${duration(fitSeconds)}, ${manifest.parameters} numbers`,
        `stored in ${folder}`,
        '',
        `Next: veilrec audit ${manifest.run}`,
      ].join('\n'),
  })
}
