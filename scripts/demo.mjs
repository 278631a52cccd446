// The main job as a user would type it, on simulated data whose leak is planted and therefore known: add data, train,
// put a veil on, attack both, recommend. Everything goes to .veilrec/demo, which is made anew each time.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/process.mjs'

const home = join(root, '.veilrec', 'demo')
const bin = join(root, 'packages', 'cli', 'bin', 'veilrec.js')
const started = performance.now()
rmSync(home, { recursive: true, force: true })

veilrec(`data add demo --source simulated --option numUsers=1200 --option numItems=240 --option strength=1`)
veilrec(
  'train --dataset demo --model sasrec --name demo --set model.hiddenSize=32 --set model.historyLength=50 ' +
    '--set model.numNegatives=128 --set training.epochs=20 --set training.batchTokens=3200 --set training.warmupSteps=20',
)
veilrec('veil demo --method linear-erasure --attributes gender')
veilrec('audit demo --quick')
veilrec('recommend demo --user 42 --veil gender --top 5')
summarise(JSON.parse(readFileSync(join(home, 'runs', 'demo', 'audit-quick.json'), 'utf8')))

/** Shows a command line, then runs it; the demo ends where a command fails. */
function veilrec(commandLine) {
  console.log(`\n$ veilrec ${commandLine}`)
  const { status, error } = spawnSync(process.execPath, [bin, ...commandLine.split(' ')], {
    cwd: root,
    env: { ...process.env, VEILREC_HOME: home },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error) console.error(`demo: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** The base recommender and the veiled one, side by side. */
function summarise({ rows }) {
  const [base, veiled] = rows
  const auc = ({ attacks }) =>
    attacks.find(({ attribute }) => attribute === 'gender').vectors.auc?.toFixed(3) ?? 'none'
  const ndcg = ({ accuracy }) => accuracy.all['ndcg@10'].value.toFixed(4)
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`
The demo in short (${seconds} s)
                                              no veil    behind the veil
  can an attacker tell the gender? (AUC)      ${auc(base).padEnd(10)} ${auc(veiled)}      0.5 is chance
  are the recommendations good? (NDCG@10)     ${ndcg(base).padEnd(10)} ${ndcg(veiled)}     higher is better

What to type next (in this folder; set VEILREC_HOME to .veilrec/demo first):
  npx veilrec recommend demo --user 101 --veil gender
  npx veilrec veil demo --attributes gender,age
  npx veilrec audit demo
  npx veilrec --help
And on real data: download MovieLens-1M, then npx veilrec data add ml-1m --from FOLDER.`)
}
