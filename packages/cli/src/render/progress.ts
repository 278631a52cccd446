import type { Progress, ProgressSink } from '@veilrec/core'

import { duration } from './numbers.js'

/** Shows progress on standard error until it is stopped. */
export interface ProgressDisplay {
  readonly sink: ProgressSink
  /** Clears the bar, or prints the line of the last stage. */
  readonly stop: () => void
}

/** A bar with stage, metrics and time left, for terminals. */
export async function progressBar(): Promise<ProgressDisplay> {
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}%  {stage}{metrics}  at most {left} left',
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
  const sink = ({ stage, done, total, metrics }: Progress): void => {
    first ??= done
    // A resumed run does not begin at 0, so the pace is that of this process.
    const pace = done > first ? (performance.now() - started) / 1000 / (done - first) : undefined
    const left = pace === undefined ? '?' : duration(pace * (total - done))
    const payload = { stage, metrics: describeMetrics(metrics), left }
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

function describeMetrics(metrics: Progress['metrics']): string {
  return Object.entries(metrics ?? {})
    .map(([name, value]) => `  ${name} ${value.toFixed(4)}`)
    .join('')
}
