// The main job on MovieLens-1M as a user would type it: add, train, veil, audit, recommend.
// Needs the data set (VEILREC_TEST_DATA, or a folder `shared/data` beside the clone); trains up to 20 minutes.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'packages', 'cli', 'bin', 'veilrec.js')
const run = 'films'

const steps = [
  { command: ['data', 'add', 'ml-1m', '--from', 'DATA'] },
  {
    command: [
      'train',
      '--dataset',
      'ml-1m',
      '--model',
      'sasrec',
      '--set',
      'training.maxMinutes=19',
      '--name',
      run,
    ],
  },
  { command: ['veil', run, '--method', 'linear-erasure', '--attributes', 'gender'] },
  { command: ['audit', run] },
  { command: ['recommend', run, '--user', '42', '--veil', 'gender'] },
]

export function measure() {
  const data = findData()
  if (data === undefined)
    throw new Error('MovieLens-1M is needed: set VEILREC_TEST_DATA to the folder that holds ml-1m')
  const home = mkdtempSync(join(tmpdir(), 'veilrec-thin-path-'))
  try {
    const transcript = steps.map(({ command }) => type(command, data, home))
    const manifest = JSON.parse(readFileSync(join(home, 'runs', run, 'run.json'), 'utf8'))
    const audit = JSON.parse(readFileSync(join(home, 'runs', run, 'audit.json'), 'utf8'))
    return report(transcript, manifest, audit)
  } finally {
    rmSync(home, { recursive: true })
  }
}

function findData() {
  const candidates = [process.env.VEILREC_TEST_DATA, join(root, '..', 'shared', 'data')]
  return candidates
    .map((folder) => folder && join(folder, 'ml-1m'))
    .find((folder) => folder && existsSync(folder))
}

function type(command, data, home) {
  const started = performance.now()
  const argv = command.map((word) => (word === 'DATA' ? data : word))
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, VEILREC_HOME: home, NO_COLOR: '1' },
    maxBuffer: 2 ** 26,
  })
  const hide = (text) => text.replaceAll(data, 'ml-1m').replaceAll(home, '.veilrec')
  if (status !== 0) throw new Error(`veilrec ${command.join(' ')} ended with ${status}:\n${hide(stderr)}`)
  const typed = `veilrec ${command.map((word) => (word === 'DATA' ? 'ml-1m' : word)).join(' ')}`
  console.error(`  ${typed}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return {
    command: typed,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    output: hide(stdout).trimEnd(),
  }
}

function report(transcript, manifest, audit) {
  const ndcg = manifest.test.model['ndcg@10'].value
  const minutes = manifest.trainingSeconds / 60
  const attack = (requirement) => {
    const row = audit.rows.find((candidate) => candidate.requirement.join() === requirement)
    return row.attacks.find(({ attribute }) => attribute === 'gender').auc
  }
  const [base, veiled] = [attack(''), attack('gender')]
  const digits = (value, count = 4) => Number(value.toFixed(count))
  return {
    results: { transcript, manifest, audit },
    bars: [
      {
        what: 'SASRec test NDCG@10, full ranking',
        bar: '>= 0.13',
        measured: digits(ndcg),
        met: ndcg >= 0.13,
      },
      { what: 'training, minutes', bar: '<= 20', measured: digits(minutes, 1), met: minutes <= 20 },
      { what: 'gender AUC on base vectors', bar: '>= 0.70', measured: digits(base, 3), met: base >= 0.7 },
      { what: 'gender AUC after erasure', bar: '< base', measured: digits(veiled, 3), met: veiled < base },
    ],
  }
}
