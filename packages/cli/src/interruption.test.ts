import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/veilrec.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'veilrec-interruption-'))
const environment = { ...process.env, VEILREC_HOME: join(folder, 'home') }
const settings = [
  'model.hiddenSize=16',
  'model.historyLength=20',
  'model.numNegatives=16',
  'training.epochs=8',
  'training.evaluateEvery=2',
].flatMap((setting) => ['--set', setting])

function veilrec(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [bin, ...args], {
    env: environment,
    encoding: 'utf8',
  })
  expect(stderr).not.toMatch(/^error/m)
  expect(status).toBe(0)
}

/** Starts a training, sends the signal once an epoch is over, and waits for the end. */
function interrupt(name: string, epoch: number, signal: NodeJS.Signals): Promise<number | null> {
  const args = [bin, 'train', '--dataset', 'tiny', '--name', name, ...settings]
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    const seen = stderr.includes(`epoch ${epoch} `)
    stderr += chunk.toString()
    if (!seen && stderr.includes(`epoch ${epoch} `)) child.kill(signal)
  })
  return new Promise((resolve) => child.on('close', resolve))
}

function parameters(name: string): string {
  return readFileSync(join(environment.VEILREC_HOME, 'runs', name, 'best.safetensors')).toString('base64')
}

beforeAll(() => {
  veilrec(
    'data',
    'add',
    'tiny',
    '--source',
    'simulated',
    '--option',
    'numUsers=400',
    '--option',
    'numItems=80',
  )
  veilrec('train', '--dataset', 'tiny', '--name', 'whole', ...settings)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each([
  ['SIGINT', 1, 130],
  ['SIGKILL', 3, null],
] as const)(
  'a training stopped by %s resumes to the bytes of an uninterrupted one',
  async (signal, epoch, code) => {
    const name = `stopped-by-${signal}`
    expect(await interrupt(name, epoch, signal)).toBe(code)
    veilrec('train', '--resume', name)
    expect(parameters(name)).toBe(parameters('whole'))
  },
)
