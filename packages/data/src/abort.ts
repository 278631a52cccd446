import { VeilrecError } from '@veilrec/core'

/**
 * Stops here if that was asked for.
 *
 * @throws VeilrecError `ABORTED` when the signal is aborted
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VeilrecError('ABORTED', 'stopped on request; nothing was kept')
}
