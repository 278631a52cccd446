// How long `veilrec --help` takes, process start included.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { median, summarize } from './lib/timing.mjs'

const bin = fileURLToPath(new URL('../packages/cli/bin/veilrec.js', import.meta.url))

export function measure() {
  const times = []
  const bare = []
  for (let round = -3; round < 20; round++) {
    const started = performance.now()
    const { status } = spawnSync(process.execPath, [bin, '--help'])
    if (status !== 0) throw new Error('veilrec --help failed')
    const between = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    if (round < 0) continue
    times.push(between - started)
    bare.push(performance.now() - between)
  }
  const measured = Math.round(median(times))
  return {
    results: { help: summarize(times), nodeAlone: summarize(bare) },
    bars: [
      { what: 'veilrec --help, median of 20 warm runs (ms)', bar: '< 150', measured, met: measured < 150 },
    ],
  }
}
