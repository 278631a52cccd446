import { buildCommand, type Command } from '@stricli/core'

import type { AuditFlags } from '../actions/audit.js'
import type { CliContext } from '../context.js'
import { jsonFlag, runArgument, seedFlag, threadsFlag } from '../flags.js'
import { nonEmpty } from '../parse.js'

/** `veilrec audit` */
export const auditCommand: Command<CliContext> = buildCommand<AuditFlags, [run: string], CliContext>({
  loader: async () => (await import('../actions/audit.js')).auditRun,
  parameters: {
    flags: {
      attributes: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        optional: true,
        placeholder: 'NAMES',
        brief: 'Attributes to attack, separated by commas; all by default',
      },
      seed: seedFlag,
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Attack a run, bare and behind each of its veils',
    fullDescription:
      'Attack a run, bare and behind each of its veils: what can still be told about users the veil has not\n' +
      'seen, and what the veil costs in accuracy. Writes audit.json into the run folder.',
  },
})
