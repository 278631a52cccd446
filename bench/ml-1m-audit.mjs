// The complete audit of a recommender on MovieLens-1M by the command: figures, time and memory. Give VEILREC_HOME the folder
// of main-job.mjs, which has to be run before.
//
// `sasrec` is the run of main-job.mjs with linear erasure for every requirement, `pmf` the run of `npm run bench -- ml-1m-pmf`
// without a veil; in both every attack is made anew. The other cells are named by a learned method: the run of main-job.mjs
// with the veil of `npm run bench -- ml-1m-veil-METHOD`. Attacks of the same evidence by the same suite that are stored, such as
// those on the bare recommender, are not made again; the result says how many.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { measuredVeilrec, veilrec } from './lib/command.mjs'
import { finishedVeil } from './lib/method-veil.mjs'
import { round } from './lib/timing.mjs'
import { benchHome, mainJobHome, mainJobRun, trainedRun } from './lib/trained-run.mjs'

const cells = {
  async sasrec() {
    const home = mainJobHome()
    await veilrec(home, ['veil', mainJobRun, '--method', 'linear-erasure'])
    const bars = { attacks: 25, permutationNull: 10, gibibytes: 2 }
    return { home, run: mainJobRun, method: 'linear-erasure', isAnew: true, bars }
  },
  async pmf() {
    const home = benchHome()
    await trainedRun(home, { name: 'ml-1m-pmf', dataset: 'ml-1m', model: 'pmf' })
    return { home, run: 'ml-1m-pmf', isAnew: true, bars: {} }
  },
}

async function learned(method) {
  const home = mainJobHome()
  if ((await finishedVeil(home, method)) === undefined) {
    throw new Error(`${mainJobRun} has no finished ${method} veil: npm run bench -- ml-1m-veil-${method}`)
  }
  return { home, run: mainJobRun, method, isAnew: false, bars: {} }
}

/** A quick audit of the run of main-job.mjs with linear erasure for every requirement. */
export const quick = {
  async measure() {
    const task = await cells.sasrec()
    const { result, seconds, peakGiB } = await audited(task, ['--quick'])
    const { run } = task
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

/** The audit of one base without or with linear erasure, or of the run of main-job.mjs behind a learned veil. */
export function cell(name) {
  return { measure: () => measure(name) }
}

async function measure(name) {
  const task = name in cells ? await cells[name]() : await learned(name)
  const { run, isAnew } = task
  const { result, seconds, peakGiB } = await audited(task)
  const { total, reused } = result.cells
  return {
    results: { run, seconds, peakGiB, attacks: { anew: total - reused, stored: reused }, audit: result },
    bars: [...(isAnew ? timeBars(result, peakGiB, task) : laterTimeBar(result)), ...leakBars(run, result)],
  }
}

async function audited({ home, run, method, isAnew }, flags = []) {
  const words = ['audit', run, ...(method === undefined ? [] : ['--method', method]), ...flags]
  const folder = join(home, 'runs', run, 'audit-cells')
  const aside = `${folder}.aside`
  putBack(aside, folder)
  if (isAnew && existsSync(folder)) renameSync(folder, aside)
  try {
    return await measuredVeilrec(home, words)
  } finally {
    putBack(aside, folder)
  }
}

/** Attacks that were stored before, of other veils for instance, beside those that were made since. */
function putBack(aside, folder) {
  if (!existsSync(aside)) return
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(aside)) renameSync(join(aside, name), join(folder, name))
  rmSync(aside, { recursive: true })
}

/** No bar: how much was left to do depends on what was there. */
function laterTimeBar({ run, veils, rows, cells: { total, reused }, seconds }) {
  return [
    {
      what: `audit of ${run} behind ${veils[0].id}, ${rows.length} requirements: ${total - reused} of ${total} attacks and nulls, minutes`,
      bar: 'none',
      measured: round(seconds.total / 60, 1),
      met: null,
    },
  ]
}

function timeBars({ run, seconds, rows }, peakGiB, { bars: { attacks, permutationNull, gibibytes } }) {
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
  const digits = (value) => (value === null ? 'no figure' : round(value, 3))
  const [bare, ...veiled] = rows
  // The base is the same in the audit of every veil.
  const isFirst = veiled.every(({ veil }) => veil === 'linear-erasure')
  return [
    ...(isFirst ? bare.attacks : []).map(({ attribute, vectors }) => ({
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
