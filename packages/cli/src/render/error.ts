import type { ErrorKind, VeilrecError } from '@veilrec/core'

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

/** An error as the command shows it, and who has to act. */
export interface RenderedError {
  readonly kind: ErrorKind
  readonly text: string
}

/** Errors of the operating system that the user can do something about. */
const systemErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE', 'EDQUOT'])

/**
 * Renders anything thrown: `error CODE: message` and a hint for the user's errors and interruptions, the stack for ours.
 *
 * Errors are recognised by their name and not by their class, so that a mistyped command need not load the library.
 *
 * @param isInterrupted whether the user asked to stop; a foreign abort error then counts as that.
 */
export function renderError(thrown: unknown, isInterrupted: boolean): RenderedError {
  if (isVeilrecError(thrown)) {
    const { kind, code, message, hint } = thrown
    if (kind === 'bug') return bug(thrown.stack ?? message, code)
    return { kind, text: describe(code, message, hint) }
  }
  if (isInterrupted && thrown instanceof Error && thrown.name === 'AbortError') {
    return { kind: 'interrupted', text: describe('ABORTED', 'stopped on request') }
  }
  if (thrown instanceof Error && 'code' in thrown && systemErrors.has(String(thrown.code))) {
    return { kind: 'user', text: describe(String(thrown.code), thrown.message) }
  }
  return bug(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), 'INTERNAL')
}

/** `error CODE: message`, with the hint on a line of its own. */
export function describe(code: string, message: string, hint?: string): string {
  return `error ${code}: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`
}

function bug(stack: string, code: string): RenderedError {
  return { kind: 'bug', text: `error ${code}: this is a bug of Veilrec, please report it\n${stack}` }
}

function isVeilrecError(thrown: unknown): thrown is VeilrecError {
  return thrown instanceof Error && thrown.name === 'VeilrecError'
}
