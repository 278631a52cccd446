// How long `veilrec --help` takes, process start included.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { median, summarize } from './lib/timing.mjs'

const bin = fileURLToPath(new URL('../packages/cli/bin/veilrec.js', import.meta.url))

export function measure() {
  const times = []
  for (let round = -3; round < 20; round++) {
    const started = performance.now()
    const { status } = spawnSync(process.execPath, [bin, '--help'])
    if (status !== 0) throw new Error('veilrec --help failed')
    if (round >= 0) times.push(performance.now() - started)
  }
  const measured = Math.round(median(times))
  return {
    results: { help: summarize(times) },
    bars: [
      { what: 'veilrec --help, median of 20 warm runs (ms)', bar: '< 150', measured, met: measured < 150 },
    ],
  }
}
