import { VeilrecError, type ProgressSink } from '@veilrec/core'
import { resolveHome } from '@veilrec/runtime'

import type { CliContext } from './context.js'
import { progressBar, progressLines } from './render/progress.js'

/** What every library call of a command gets. */
export interface Work {
  /** Folder of data sets and runs. */
  readonly home: string
  readonly signal: AbortSignal
  readonly onProgress: ProgressSink
}

/** One command: the library call, and how its result is shown to a person. */
export interface Performance<T> {
  /** Whether the result goes to standard output as JSON. */
  readonly json: boolean
  /** Whether there is a folder of data sets and runs, made if need be; default true. Without one `home` is empty. */
  readonly hasHome?: boolean
  readonly work: (around: Work) => Promise<T>
  /** Text for a person, without the last line feed. */
  readonly render: (result: T) => string
}

/**
 * Runs one command: progress goes to standard error, the result, and nothing else, to standard output.
 */
export async function perform<T>(
  context: CliContext,
  { json, hasHome = true, work, render }: Performance<T>,
): Promise<void> {
  const { process, isTerminal, env, cwd, signal } = context
  const display = isTerminal ? await progressBar() : progressLines((line) => process.stderr.write(line))
  let result: T
  try {
    const home = hasHome ? await openHome(env, cwd) : ''
    result = await work({ home, signal, onProgress: display.sink })
  } finally {
    display.stop()
  }
  process.stdout.write(`${json ? JSON.stringify(result) : render(result)}\n`)
}

async function openHome(env: CliContext['env'], cwd: string): Promise<string> {
  try {
    return await resolveHome(env, cwd)
  } catch (error) {
    throw new VeilrecError(
      'FILE_UNWRITABLE',
      `the folder for data sets and runs cannot be made: ${(error as Error).message}`,
      {},
      'Set VEILREC_HOME to a folder that you may write to.',
    )
  }
}
