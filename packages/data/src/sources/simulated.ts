import { VeilrecError } from '@veilrec/core'
import { simulatorOptionsSchema } from '../simulator/options.js'
import { simulate } from '../simulator/simulate.js'
import { defineSource } from './dataset-source.js'

/** Simulated interactions with planted leakage; see {@link simulate}. Reads no file, so `from` is an error. */
export const simulated = defineSource(
  'simulated',
  { notice: 'Simulated; no person stands behind it.' },
  simulatorOptionsSchema,
  ({ from, rng }, options) => {
    if (from !== undefined) {
      throw new VeilrecError(
        'INVALID_ARGUMENT',
        'the source "simulated" reads no folder',
        { from },
        'leave out --from',
      )
    }
    return Promise.resolve(simulate(options, rng).data)
  },
)
