import { describeModels } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec models`. */
export interface ModelsFlags {
  readonly json: boolean
}

/** `veilrec models` */
export async function listModels(this: CliContext, { json }: ModelsFlags): Promise<void> {
  await perform(this, {
    json,
    work: () => Promise.resolve(describeModels()),
    render: (models) =>
      [
        renderTable(
          ['model', 'what it is', 'presets'],
          models.map(({ name, summary, presets }) => [name, summary, presets.join(', ')]),
        ),
        '',
        'Next: veilrec config show MODEL',
      ].join('\n'),
  })
}
