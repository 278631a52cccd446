import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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

/** How a command ended that a signal was sent to. */
interface Ending {
  readonly code: number | null
  readonly stderr: string
}

/** Starts a command, sends the signal once standard error has a text, and waits for the end. */
function interrupt(args: readonly string[], text: string, signal: NodeJS.Signals): Promise<Ending> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    const seen = stderr.includes(text)
    stderr += chunk.toString()
    if (!seen && stderr.includes(text)) child.kill(signal)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })))
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
    const args = ['train', '--dataset', 'tiny', '--name', name, ...settings]
    expect((await interrupt(args, `epoch ${epoch} `, signal)).code).toBe(code)
    veilrec('train', '--resume', name)
    expect(parameters(name)).toBe(parameters('whole'))
  },
)

it.each([
  ['SIGINT', 130, 'hint: The same command goes on'],
  ['SIGKILL', null, ''],
] as const)(
  'a veil in the making stopped by %s goes on with the same command to the bytes of an uninterrupted one',
  async (signal, code, hint) => {
    const small = ['epochs=4', 'batchSize=32', 'numNegatives=16', 'windowsPerUser=4', 'patience=9']
    const args = ['veil', 'whole', '--method', 'afrl', '--attributes', 'gender,age', '--seed', '3']
    args.push(...small.flatMap((setting) => ['--set', setting]))
    const veils = join(environment.VEILREC_HOME, 'runs', 'whole', 'veils')
    const bytes = (): string => readFileSync(join(veils, 'afrl', 'veil.safetensors')).toString('base64')
    veilrec(...args)
    const whole = bytes()
    rmSync(veils, { recursive: true })
    const ending = await interrupt(args, 'afrl: judge epoch 2 ', signal)
    expect(ending.code).toBe(code)
    expect(ending.stderr).toContain(hint)
    expect(readdirSync(veils)).toEqual(['.afrl.work'])
    const { stderr } = spawnSync(process.execPath, [bin, ...args], { env: environment, encoding: 'utf8' })
    expect(stderr).not.toContain('afrl: epoch 1 ')
    expect(readdirSync(veils)).toEqual(['afrl'])
    expect(bytes()).toBe(whole)
  },
  120_000,
)
