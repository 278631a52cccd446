import { readVeilConfig, veil } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderVeil } from '../render/veil.js'

/** Flags of `veilrec veil`. */
export interface VeilFlags {
  readonly method: string
  readonly attributes?: readonly string[]
  readonly config?: string
  readonly preset?: string
  readonly set?: readonly string[]
  readonly seed: number
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec veil RUN` */
export async function veilRun(this: CliContext, flags: VeilFlags, run: string): Promise<void> {
  const { json, config: file, preset, set = [], ...request } = flags
  await perform(this, {
    json,
    work: async (around) => {
      const settings = preset === undefined ? set : [`preset=${preset}`, ...set]
      const config = await readVeilConfig({
        method: request.method,
        set: settings,
        ...(file === undefined ? {} : { file }),
      })
      return veil({ ...around, ...request, run, ...(config === undefined ? {} : { config }) })
    },
    render: renderVeil,
  })
}
