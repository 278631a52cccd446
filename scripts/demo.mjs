// The story in a few commands, on simulated data whose leak is planted and therefore known: add data, train, attack, put a veil
// on, attack again, and look at one user's list before and after. Everything goes to .veilrec/demo, which is made anew each time.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/process.mjs'

const home = join(root, '.veilrec', 'demo')
const bin = join(root, 'packages', 'cli', 'bin', 'veilrec.js')
const started = performance.now()
rmSync(home, { recursive: true, force: true })

say('1. Data. 2,400 made-up users; what they choose depends on their gender and age, though nobody says so.')
veilrec(
  'data add demo --source simulated --option numUsers=2400 --option numItems=240 --option meanLength=30',
)

say('2. A recommender. It sees who chose what, in which order, and no attribute.')
veilrec(
  'train --dataset demo --model sasrec --name demo --set model.hiddenSize=32 --set model.historyLength=50 ' +
    '--set model.numNegatives=128 --set training.epochs=12 --set training.batchTokens=3200 --set training.warmupSteps=20',
)

say('3. What does it give away? Classifiers try to tell the gender of users they have never seen.')
veilrec('audit demo --quick --attributes gender')
const bare = audited()

say('4. A veil for gender, from the labels of some users; the recommender itself stays as it is.')
veilrec(
  'veil demo --method filters --attributes gender ' +
    '--set epochs=10 --set learningRate=0.004 --set dependenceWeight=300',
)

say('5. The same attack again, beside what the veil costs.')
veilrec('audit demo --quick --attributes gender')
const veiled = audited()

say('6. One user asks for recommendations, without and with the veil.')
veilrec('recommend demo --user 42 --veil gender --top 5')
summarise(bare, veiled)

function say(text) {
  console.log(`\n${text}`)
}

/** Shows a command line, then runs it; the demo ends where a command fails. */
function veilrec(commandLine) {
  console.log(`$ veilrec ${commandLine}`)
  const { status, error } = spawnSync(process.execPath, [bin, ...commandLine.split(' ')], {
    cwd: root,
    env: { ...process.env, VEILREC_HOME: home },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error) console.error(`demo: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** The last row of the last audit: the recommender, or what is behind its veil. */
function audited() {
  const { rows } = JSON.parse(readFileSync(join(home, 'runs', 'demo', 'audit-quick.json'), 'utf8'))
  return rows.at(-1)
}

/** The recommender without and with the veil, side by side. */
function summarise(before, after) {
  const auc = ({ attacks }) => {
    const { vectors } = attacks.find(({ attribute }) => attribute === 'gender')
    if (vectors.auc === null) return `no figure (${vectors.state})`
    const { lower, upper } = vectors.interval
    return `${vectors.auc.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`
  }
  const ndcg = ({ accuracy }) => accuracy.all['ndcg@10'].value.toFixed(4)
  const line = (question, of, scale) =>
    `  ${question.padEnd(48)}${of(before).padEnd(24)}${of(after).padEnd(24)}${scale}`
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`
The demo in short (${seconds} s)
  ${''.padEnd(48)}${'no veil'.padEnd(24)}${'behind the veil'.padEnd(24)}
${line('can an attacker tell the gender? AUC [95 %]', auc, '0.5 is guessing')}
${line('are the recommendations good? NDCG@10', ndcg, 'higher is better')}

What to type next (in this folder; set VEILREC_HOME to .veilrec/demo first):
  npx veilrec recommend demo --user 101 --veil gender
  npx veilrec veil demo --method afrl
  npx veilrec audit demo
  npx veilrec --help
And on real data: download MovieLens-1M, then npx veilrec data add ml-1m --from FOLDER.`)
}
