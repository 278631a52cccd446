// What the guide to the service shows: its commands on made-up users, typed one after the other, and what they printed. Minutes.
// What is done stays in VEILREC_HOME and is not done again.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { serve } from './lib/served.mjs'
import { benchHome } from './lib/trained-run.mjs'

const bin = fileURLToPath(new URL('../packages/cli/bin/veilrec.js', import.meta.url))
const url = 'http://127.0.0.1:8080'
const post = (body) => `curl -s ${url}/v1/recommendations -H 'content-type: application/json' -d '${body}'`
const steps = {
  data: 'veilrec data add films --source simulated --option numUsers=2400 --option numItems=240 --option meanLength=30',
  train:
    'veilrec train --dataset films --name films --set model.hiddenSize=32 --set model.historyLength=50 ' +
    '--set model.numNegatives=128 --set training.epochs=12 --set training.batchTokens=3200 --set training.warmupSteps=20',
  veil: 'veilrec veil films --attributes gender,age',
  audit: 'veilrec audit films --quick',
  bundle: 'veilrec bundle films --histories --out films.bundle',
  hide: post('{"history": ["3", "14", "15", "92"], "k": 3, "requirements": {"hide": ["gender"]}}'),
  user: post('{"user": {"id": "42"}, "k": 2, "requirements": {"mode": "non_profiled"}}'),
  typo: post('{"user": {"id": "42"}, "requirements": {"hid": ["gender"]}}'),
  value: post('{"user": {"id": "42"}, "requirements": {"hide": ["gender=F"]}}'),
  parameters: `curl -s '${url}/v1/parameters?format=text'`,
  live: `veilrec selfcheck ${url} --bundle films.bundle`,
  offline: 'veilrec recommend films.bundle --history 3,14,15,92 --veil gender --top 3',
  rebuild: 'veilrec selfcheck films.bundle --run films --recommender',
}
const asksServer = new Set(['hide', 'user', 'typo', 'value', 'parameters', 'live'])

export async function measure() {
  const folder = join(benchHome(), 'serve-guide')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'transcript.json')
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  let server
  try {
    for (const [name, command] of Object.entries(steps)) {
      if (kept[name]?.command === command) continue
      if (asksServer.has(name)) server ??= await serve(join(folder, 'films.bundle'))
      kept[name] = { command, output: await type(command, folder, server?.url) }
      writeFileSync(path, JSON.stringify(kept))
    }
  } finally {
    await server?.stop()
  }
  return { results: { transcript: kept }, bars: [] }
}

/** What a command prints; the server listens elsewhere than it says. */
async function type(command, folder, address = url) {
  const there = command.replaceAll(url, address)
  const argv = there.startsWith('veilrec ')
    ? [process.execPath, bin, ...there.split(' ').slice(1)]
    : ['sh', '-c', there]
  const child = spawn(argv[0], argv.slice(1), {
    cwd: folder,
    env: { ...process.env, VEILREC_HOME: join(folder, '.veilrec'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const status = await new Promise((resolve) => child.on('close', resolve))
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
  const text = output.replaceAll(address, url).replaceAll(`${folder}/`, '').trimEnd()
  return text.startsWith('{') ? JSON.stringify(JSON.parse(text), undefined, 2) : text
}
