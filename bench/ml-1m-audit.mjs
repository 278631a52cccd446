// The complete audit of a recommender on MovieLens-1M by the command, every attack from scratch: figures, time and memory.
// `sasrec` is the run of main-job.mjs (which has to be run before) with linear erasure for every requirement, `pmf` the
// run of `npm run bench -- ml-1m-pmf` without a veil. Give VEILREC_HOME the same folder.
import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { measuredVeilrec, veilrec } from './lib/command.mjs'
import { round } from './lib/timing.mjs'
import { benchHome, mainJobHome, mainJobRun, trainedRun } from './lib/trained-run.mjs'

const cells = {
  async sasrec() {
    const home = mainJobHome()
    await veilrec(home, ['veil', mainJobRun, '--method', 'linear-erasure'])
    return { home, run: mainJobRun, bars: { attacks: 25, permutationNull: 10, gibibytes: 2 } }
  },
  async pmf() {
    const home = benchHome()
    await trainedRun(home, { name: 'ml-1m-pmf', dataset: 'ml-1m', model: 'pmf' })
    return { home, run: 'ml-1m-pmf', bars: {} }
  },
}

/** A quick audit of the run of main-job.mjs with linear erasure for every requirement. */
export const quick = {
  async measure() {
    const { home, run } = await cells.sasrec()
    rmSync(join(home, 'runs', run, 'audit-cells'), { recursive: true, force: true })
    const { result, seconds, peakGiB } = await measuredVeilrec(home, ['audit', run, '--quick'])
    return {
      results: { run, seconds, peakGiB, cells: result.cells, rows: result.rows.length },
      bars: [
        {
          what: `quick audit of ${run}, ${result.rows.length} requirements (s)`,
          bar: '< 60',
          measured: seconds,
          met: seconds < 60,
        },
      ],
    }
  },
}

/** The audit of one base. */
export function cell(base) {
  return { measure: () => measure(base) }
}

async function measure(base) {
  const { home, run, bars } = await cells[base]()
  const attacked = join(home, 'runs', run, 'audit-cells')
  rmSync(attacked, { recursive: true, force: true })
  const { result, seconds, peakGiB } = await measuredVeilrec(home, ['audit', run])
  return {
    results: { run, seconds, peakGiB, audit: result },
    bars: [...timeBars(run, result, peakGiB, bars), ...leakBars(run, result)],
  }
}

function timeBars(run, { seconds, rows }, peakGiB, { attacks, permutationNull, gibibytes }) {
  const minutes = (value) => round(value / 60, 1)
  const bar = (what, measured, limit) => ({
    what: `audit of ${run}, ${rows.length} requirements: ${what}`,
    bar: limit === undefined ? 'none' : `<= ${limit}`,
    measured,
    met: limit === undefined ? null : measured <= limit,
  })
  return [
    bar('attacks, minutes', minutes(seconds.attacks), attacks),
    bar('permutation null, minutes', minutes(seconds.permutationNull), permutationNull),
    bar('resident memory at its peak (GiB)', peakGiB, gibibytes),
  ]
}

/** What is told of the base, and behind each requirement; no bars: this is what the audit is for. */
function leakBars(run, { rows }) {
  const digits = (value) => (value === null ? null : round(value, 3))
  const [bare, ...veiled] = rows
  return [
    ...bare.attacks.map(({ attribute, vectors }) => ({
      what: `${run}: AUC of ${attribute} from the base's vectors`,
      bar: 'none',
      measured: digits(vectors.auc),
      met: null,
    })),
    ...veiled.map(({ veil, requirement, worstHidden }) => ({
      what: `${run}, ${veil} of ${requirement.join(', ')}: worst hidden AUC`,
      bar: 'none',
      measured: digits(worstHidden?.auc ?? null),
      met: null,
    })),
  ]
}
