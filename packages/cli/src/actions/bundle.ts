import { bundle } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderPairs } from '../render/table.js'

/** Flags of `veilrec bundle`. */
export interface BundleFlags {
  readonly out: string
  readonly method?: string
  readonly histories: boolean
  readonly json: boolean
}

/** `veilrec bundle RUN --out DIR` */
export async function bundleRun(this: CliContext, flags: BundleFlags, run: string): Promise<void> {
  const { json, ...request } = flags
  await perform(this, {
    json,
    work: ({ home, signal }) => bundle({ home, run, signal, ...request }),
    render: ({ run: name, method, attributes, requirements, audited, digest, files, bytes, folder }) =>
      [
        renderPairs([
          ['run', name],
          [
            'veil',
            method === null ? 'none: nothing can be hidden' : `${method}, hides ${attributes.join(', ')}`,
          ],
          ['requirements', `${requirements}, ${audited} of them audited`],
          ['digest', `sha256:${digest}`],
          ['files', `${files}, ${bytes} bytes`],
        ]),
        `stored in ${folder}`,
        ...(audited === requirements
          ? []
          : [
              '',
              `The service refuses what was not audited: veilrec audit ${name}, and make the bundle again`,
            ]),
        '',
        `Next: veilrec serve ${flags.out}`,
      ].join('\n'),
  })
}
