import { nextStep } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderPairs } from '../render/table.js'

/** Flags of `veilrec status`. */
export interface StatusFlags {
  readonly json: boolean
}

/** `veilrec status`, and `veilrec` alone */
export async function showStatus(this: CliContext, { json }: StatusFlags): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => nextStep(home),
    render: ({ datasets, runs, next, purpose }) =>
      [
        renderPairs([
          ['data sets', listed(datasets)],
          ['runs', listed(runs)],
        ]),
        '',
        `Next: veilrec ${next}`,
        `      to ${purpose}; veilrec --help lists all commands`,
      ].join('\n'),
  })
}

/** The first few names, and how many more there are. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const more = names.length - 5
  return names.slice(0, 5).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
