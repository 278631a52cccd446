import { doctor } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderPairs } from '../render/table.js'

/** Flags of `veilrec doctor`. */
export interface DoctorFlags {
  readonly json: boolean
}

/** `veilrec doctor` */
export async function examine(this: CliContext, { json }: DoctorFlags): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => doctor({ home }),
    render: ({ versions, platform, providers, threads, home }) => {
      const names = (installed: boolean): string =>
        providers
          .filter((provider) => provider.installed === installed)
          .map(({ name }) => name)
          .join(', ') || 'none'
      return [
        renderPairs([
          ['veilrec', versions.veilrec],
          ['node', versions.node],
          ['onnxruntime', `${versions.onnxruntime} (ran a graph)`],
          ['duckdb', `${versions.duckdb} (ran a query)`],
          ['platform', `${platform}, supported`],
          ['providers', `${names(true)}; not installed: ${names(false)}`],
          ['threads', threads],
          ['home', home],
        ]),
        '',
        'This machine can run Veilrec.',
      ].join('\n')
    },
  })
}
