import { run, type StricliProcess } from '@stricli/core'

import { createApplication } from './application.js'
import { exitCodeOf, exitCodes } from './render/error.js'

const controller = new AbortController()
const stop = (): void => {
  // The second interruption does not wait for anything.
  if (controller.signal.aborted) process.exit(exitCodes.interrupted)
  process.stderr.write('\nstopping at the next safe point; once more to stop at once\n')
  controller.abort()
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
// A reader that has seen enough, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const streams: StricliProcess = {
  // Opened when something is written: each stream costs a millisecond or two.
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  env: process.env,
  exitCode: null,
}
const typed = process.argv.slice(2)
// The bare word says what to do next.
await run(createApplication(controller.signal), typed.length === 0 ? ['status'] : typed, {
  process: streams,
  get isTerminal() {
    return process.stderr.isTTY
  },
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
})
const code = Number(streams.exitCode ?? 0)
process.exitCode = exitCodeOf(code)
if (code < 0 && process.exitCode === exitCodes.user) {
  process.stderr.write('hint: add --help to see what the command takes\n')
}
