import type { Progress, ProgressSink } from '@veilrec/core'

import { duration } from './numbers.js'

/** Shows progress on standard error until it is stopped. */
export interface ProgressDisplay {
  readonly sink: ProgressSink
  /** Clears the bar, or prints the line of the last stage. */
  readonly stop: () => void
}

/** A bar with stage, metrics, rate and time left, for terminals. */
export async function progressBar(): Promise<ProgressDisplay> {
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}%  {stage}{metrics}  {rate}  {left} left',
    barsize: 24,
    fps: 5,
    etaBuffer: 50,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Interruptions are handled by the program.
    gracefulExit: false,
    stream: process.stderr,
    formatValue: String,
  })
  let isStarted = false
  const started = performance.now()
  let first: number | undefined
  const sink = (progress: Progress): void => {
    const { stage, done, metrics } = progress
    first ??= done
    // A resumed run does not begin at 0, so the pace is that of this process.
    const rate = done > first ? (done - first) / ((performance.now() - started) / 1000) : undefined
    const total = expectedTotal(progress, rate)
    const payload = {
      stage,
      metrics: describeMetrics(metrics),
      rate: rate === undefined ? '' : `${rate.toFixed(1)}/s`,
      left: timeLeft(progress, rate),
    }
    if (isStarted) {
      bar.setTotal(total)
      bar.update(done, payload)
    } else bar.start(total, done, payload)
    isStarted = true
  }
  return { sink, stop: () => isStarted && bar.stop() }
}

/** Plain lines, one for each stage once it is over, with its last metrics. */
export function progressLines(write: (line: string) => void): ProgressDisplay {
  let current: Progress | undefined
  const flush = (): void => {
    if (current === undefined) return
    write(`${current.stage}${describeMetrics(current.metrics)} (${current.done}/${current.total})\n`)
    current = undefined
  }
  return {
    sink: (progress) => {
      if (current !== undefined && current.stage !== progress.stage) flush()
      current = progress
    },
    stop: flush,
  }
}

/** Units of the whole work at the present rate, where the work says how long it may still take. */
function expectedTotal({ done, total, secondsLeft }: Progress, rate: number | undefined): number {
  return rate === undefined || secondsLeft === undefined ? total : done + Math.ceil(secondsLeft[1] * rate)
}

/** `3 min 20 s`, `3 min 20 s to 12 min 0 s` where the work may end early, `at most ...` where only the pace is known. */
export function timeLeft({ done, total, secondsLeft }: Progress, rate: number | undefined): string {
  if (secondsLeft === undefined) {
    return rate === undefined ? '?' : `at most ${duration((total - done) / rate)}`
  }
  const [atLeast, atMost] = secondsLeft.map((seconds) => duration(seconds)) as [string, string]
  return atLeast === atMost ? atMost : `${atLeast} to ${atMost}`
}

function describeMetrics(metrics: Progress['metrics']): string {
  return Object.entries(metrics ?? {})
    .map(([name, value]) => `  ${name} ${value.toFixed(4)}`)
    .join('')
}
