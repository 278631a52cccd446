// The command as a user types it, in a home of the bench's choice.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { round } from './timing.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'packages', 'cli', 'bin', 'veilrec.js')

/** Folder of a public data set: in VEILREC_TEST_DATA, or in `shared/data` beside the clone. */
export function publicData(name) {
  const found = [process.env.VEILREC_TEST_DATA, join(root, '..', 'shared', 'data')]
    .map((folder) => folder && join(folder, name))
    .find((folder) => folder && existsSync(folder))
  if (found !== undefined) return found
  throw new Error(`${name} is needed: set VEILREC_TEST_DATA to the folder that holds it`)
}

/**
 * Runs `veilrec WORDS --json` and gives its result; progress goes to stderr as it comes.
 * A failing command is an error with what it said, unless its error code is among `tolerated`: then the result is null.
 */
export async function veilrec(home, words, { tolerated = [] } = {}) {
  const { status, output, errors } = await call(home, words)
  if (status === 0) return JSON.parse(output)
  if (tolerated.some((code) => errors.includes(code) || output.includes(code))) return null
  throw new Error(`veilrec ${words.join(' ')} ended with ${status}: ${errors.trim().split('\n').at(-1)}`)
}

/** The same with what it took: wall-clock seconds, and the process's resident memory at its peak. */
export async function measuredVeilrec(home, words) {
  const started = performance.now()
  const { status, output, errors, kibibytes } = await call(home, words)
  const seconds = round((performance.now() - started) / 1000, 1)
  if (status !== 0) throw new Error(`veilrec ${words.join(' ')} ended with ${status}:\n${errors}`)
  return { result: JSON.parse(output), seconds, peakGiB: round(kibibytes / 2 ** 20) }
}

/** The process writes its peak memory to a descriptor of its own when it ends. */
const probe = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs'
  process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))`,
)}`

async function call(home, words) {
  const milliseconds = timeLeft()
  if (milliseconds <= 0) throw new OutOfTime()
  const child = spawn(process.execPath, ['--import', probe, bin, ...words, '--json'], {
    env: { ...process.env, VEILREC_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  let kibibytes = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-4000)
    process.stderr.write(text)
  })
  child.stdio[3].setEncoding('utf8').on('data', (text) => (kibibytes += text))
  // Like Ctrl-C: what is done so far is kept.
  const timer = setTimeout(() => child.kill('SIGINT'), Math.min(milliseconds, 2 ** 31 - 1))
  const status = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  if (status === 130 && timeLeft() <= 0) throw new OutOfTime()
  return { status, output, errors, kibibytes: Number(kibibytes) }
}

/** A benchmark that was stopped because its time was up, see VEILREC_BENCH_MINUTES. */
export class OutOfTime extends Error {
  constructor() {
    super('the time given by VEILREC_BENCH_MINUTES is up; the same command goes on where this one stopped')
  }
}

/** What is left of VEILREC_BENCH_MINUTES, counted from the start of this process, in milliseconds. */
function timeLeft() {
  const minutes = Number(process.env.VEILREC_BENCH_MINUTES ?? Infinity)
  return 60_000 * minutes - performance.now()
}
