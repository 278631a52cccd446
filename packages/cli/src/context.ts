import type { CommandContext, StricliProcess } from '@stricli/core'

/** What a command has around it: the streams and the environment of the process, and the signal of an interruption. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess
  /** Whether standard error is a terminal, so that a progress bar makes sense. */
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted by the first interruption; long work then keeps what it can and stops. */
  readonly signal: AbortSignal
}
