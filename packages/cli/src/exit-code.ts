import type { ErrorKind } from '@veilrec/core'

/** Exit codes of the command by who has to act; 0 is success. */
export const exitCodes = { user: 2, bug: 70, interrupted: 130 } as const satisfies Record<ErrorKind, number>

/**
 * Our exit code for one of the command-line library: negative ones are its own.
 *
 * @param code -5 for an unknown command and -4 for a wrong argument are the user's; other negative ones are bugs.
 */
export function exitCodeOf(code: number): number {
  if (code >= 0) return code
  return code === -4 || code === -5 ? exitCodes.user : exitCodes.bug
}
