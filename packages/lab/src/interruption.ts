import { setImmediate } from 'node:timers/promises'
import { VeilrecError } from '@veilrec/core'

/**
 * Lets waiting events in, such as the signal of an interrupted process, and stops here if that was asked for.
 *
 * @throws VeilrecError `ABORTED` when the signal is aborted
 */
export async function checkpointForAbort(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate()
  if (signal?.aborted) throw new VeilrecError('ABORTED', 'stopped on request; nothing was written')
}
