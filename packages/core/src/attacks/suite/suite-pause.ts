import { VeilrecError } from '../../errors/veilrec-error.js'

/**
 * Lets waiting events in between two long computations, and stops here if that was asked for.
 *
 * @throws VeilrecError `ABORTED` when the signal is aborted.
 */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  // A microtask would not do: timers and signals wait for the next turn.
  await new Promise((resolve) => setTimeout(resolve, 0))
  if (signal?.aborted) throw new VeilrecError('ABORTED', 'the attack was stopped on request')
}
