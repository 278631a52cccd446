import { buildCommand, type Command } from '@stricli/core'

import type { RunsFlags } from '../actions/runs.js'
import type { CliContext } from '../context.js'
import { jsonFlag } from '../flags.js'

/** `veilrec runs` */
export const runsCommand: Command<CliContext> = buildCommand<RunsFlags, [], CliContext>({
  loader: async () => (await import('../actions/runs.js')).listAllRuns,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the runs, the newest first' },
})
