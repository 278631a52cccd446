import { buildCommand, type Command } from '@stricli/core'

import type { DoctorFlags } from '../actions/doctor.js'
import type { CliContext } from '../context.js'
import { jsonFlag } from '../flags.js'

/** `veilrec doctor` */
export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import('../actions/doctor.js')).examine,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'Say whether this machine can run Veilrec, and with what' },
})
