import { veil, type VeilResult } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { duration } from '../render/numbers.js'

/** Flags of `veilrec veil`. */
export interface VeilFlags {
  readonly method: string
  readonly attributes?: readonly string[]
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec veil RUN` */
export async function veilRun(this: CliContext, flags: VeilFlags, run: string): Promise<void> {
  const { json, ...request } = flags
  await perform(this, { json, work: (around) => veil({ ...around, run, ...request }), render: renderVeil })
}

function renderVeil({ manifest, folder, seconds }: VeilResult): string {
  const { id, run, attributes, requirements, parameters } = manifest
  const hides =
    requirements.length === 1
      ? attributes.join(', ')
      : `any of ${attributes.join(', ')} (${requirements.length} requirements)`
  return [
    `veil ${id} on ${run}: hides ${hides}; made in ${duration(seconds)}, ${parameters} numbers`,
    `stored in ${folder}`,
    '',
    `Next: veilrec audit ${run}`,
  ].join('\n')
}
