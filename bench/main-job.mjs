// The main job on MovieLens-1M as a user would type it: add, train, evaluate, veil, audit, recommend.
// Needs the data set (VEILREC_TEST_DATA, or a folder `shared/data` beside the clone); trains for up to an hour. Give
// VEILREC_HOME a folder that stays, and what is done is not done again when it is called once more.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { accuracyBars } from './lib/accuracy-bars.mjs'
import { publicData, veilrec } from './lib/command.mjs'
import { mainJobHome, mainJobRun as run } from './lib/trained-run.mjs'

const bin = fileURLToPath(new URL('../packages/cli/bin/veilrec.js', import.meta.url))
const steps = [
  'data add ml-1m --from ml-1m',
  `train --dataset ml-1m --model sasrec --name ${run}`,
  `evaluate ${run}`,
  `veil ${run} --method linear-erasure`,
  `audit ${run}`,
  `recommend ${run} --user 42 --veil gender`,
]

export async function measure() {
  const home = mainJobHome()
  mkdirSync(home, { recursive: true })
  const data = publicData('ml-1m')
  const transcript = []
  for (const step of steps) transcript.push(await done(step, data, home))
  const read = (name) => JSON.parse(readFileSync(join(home, 'runs', run, name), 'utf8'))
  const evaluation = await veilrec(home, ['evaluate', run])
  // By now the run may have other veils; these attacks are stored.
  const audit = await veilrec(home, ['audit', run, '--method', 'linear-erasure'])
  return report(transcript, read('run.json'), evaluation, audit)
}

/** What a step printed, kept in the home so that a later call finds it. */
async function done(step, data, home) {
  const path = join(home, 'transcript.json')
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  kept[step] ??= await type(step, data, home)
  writeFileSync(path, JSON.stringify(kept))
  return kept[step]
}

async function type(step, data, home) {
  const started = performance.now()
  const interrupted = step.startsWith('train') && existsSync(join(home, 'runs', run))
  const words = interrupted ? ['train', '--resume', run] : step.split(' ')
  const argv = words.map((word, i) => (words[i - 1] === '--from' ? data : word))
  const child = spawn(process.execPath, [bin, ...argv], {
    env: { ...process.env, VEILREC_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const status = await new Promise((resolve) => child.on('close', resolve))
  if (status !== 0) throw new Error(`veilrec ${step} ended with ${status}`)
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
  console.error(`  veilrec ${step}: ${seconds} s`)
  const hidden = output.replaceAll(data, 'ml-1m').replaceAll(home, '.veilrec')
  return { command: `veilrec ${step}`, seconds, output: hidden.trimEnd() }
}

function report(transcript, manifest, evaluation, audit) {
  const attack = (requirement) => {
    const row = audit.rows.find((candidate) => candidate.requirement.join() === requirement)
    return row.attacks.find(({ attribute }) => attribute === 'gender').vectors.auc
  }
  const [base, veiled] = [attack(''), attack('gender')]
  const adding = transcript[0].seconds
  const digits = (value) => Number(value.toFixed(3))
  return {
    results: { transcript, manifest, evaluation },
    bars: [
      { what: 'MovieLens-1M added, seconds', bar: '< 10', measured: adding, met: adding < 10 },
      ...accuracyBars('ml-1m, sasrec', manifest, evaluation, { ndcg: 0.16, minutes: 60 }),
      { what: 'gender AUC on base vectors', bar: '>= 0.70', measured: digits(base), met: base >= 0.7 },
      { what: 'gender AUC after erasure', bar: '< base', measured: digits(veiled), met: veiled < base },
    ],
  }
}
