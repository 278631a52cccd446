import { setImmediate } from 'node:timers/promises'

import { VeilrecError } from '@veilrec/core'

/** What an audit that was stopped says: unlike most work it leaves something behind. */
export function auditStopped(): VeilrecError {
  return new VeilrecError(
    'ABORTED',
    'stopped on request; no result was written',
    {},
    'Finished attacks are kept: the same command goes on from there.',
  )
}

/**
 * Lets waiting events in, and stops here if that was asked for.
 *
 * @throws VeilrecError `ABORTED` when the signal is aborted.
 */
export async function stopHere(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate()
  if (signal?.aborted) throw auditStopped()
}
