import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { veilKinds } from '@veilrec/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { veilMethodSummaries } from './veil-methods.js'

const bin = fileURLToPath(new URL('../bin/veilrec.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'veilrec-cli-'))
const environment = { ...process.env, VEILREC_HOME: join(folder, 'home') }
const small = [
  'model.hiddenSize=16',
  'model.historyLength=20',
  'model.numNegatives=16',
  'training.warmupSteps=5',
]
const settings = small.flatMap((setting) => ['--set', setting])

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function veilrec(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** The JSON that a command prints, which must be all it prints to standard output. */
function json(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = veilrec(...args, '--json')
  expect(stderr).not.toMatch(/^error/m)
  expect(status).toBe(0)
  expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
  return JSON.parse(stdout)
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('veilrec without data', () => {
  it('prints help and version', () => {
    for (const args of [['--help'], ['train', '--help'], ['runs', '--help']]) {
      const { status, stdout, stderr } = veilrec(...args)
      expect(status).toBe(0)
      expect(stdout).toContain('USAGE')
      expect(stderr).toBe('')
    }
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object
    expect(manifest).toMatchObject({ version: veilrec('--version').stdout.trim() })
  })

  it('loads nothing heavy before a command runs', () => {
    const seen = new Set<string>()
    const packages = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const [, name] of readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)\b[^;]*?from '([^']+)'/gms,
      )) {
        if (name!.startsWith('.')) visit(join(dirname(file), name!))
        else packages.add(name!)
      }
    }
    visit(fileURLToPath(new URL('../dist/main.js', import.meta.url)))
    expect([...seen].map((file) => basename(file))).toContain('commands.js')
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['@stricli/core'])
  })

  it.each([
    [['trian'], /no command "trian".*train/],
    [['train', '--datset', 'x'], /--datset.*--dataset/],
    [['train', '--seed', 'one'], /seed.*whole number/],
    [['train', '--dataset', 'x', '--model', 'bert'], /bert/],
    [['recommend', 'latest', '--user', '1', '--top', '0'], /at least 1/],
    [['veil', 'latest', '--method', 'linear-erasur'], /no veil method "linear-erasur"/],
  ])('refuses %j as the user wrote it, with exit code 2', (args, message) => {
    const { status, stdout, stderr } = veilrec(...args)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^error INVALID_ARGUMENT: /)
    expect(stderr).toContain('hint: ')
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  it.each([
    [['data', 'add', 'nothing'], 'INVALID_ARGUMENT'],
    [['data', 'add', 'ml-1m'], 'DATA_FILES_MISSING'],
    [['data', 'card', 'nothing'], 'DATASET_NOT_FOUND'],
    [['audit', 'nothing', '--json'], 'RUN_NOT_FOUND'],
  ])('names the code of the error of %j and ends with 2', (args, code) => {
    const { status, stdout, stderr } = veilrec(...args)
    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).not.toContain('    at ')
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  it('says where a configuration is wrong', () => {
    const file = join(folder, 'wrong.yaml')
    writeFileSync(file, 'model:\n  hiddenSiz: 32\n')
    const { status, stderr } = veilrec('train', '--dataset', 'x', '--config', file)
    expect(stderr).toContain(`error CONFIG_INVALID: ${file}:2:3: model.hiddenSiz: unknown key`)
    expect(stderr).toContain('hint: Did you mean "hiddenSize"?')
    expect(status).toBe(2)
  })

  it.each([
    [['--set', 'model.hiddenSiz=8'], '--set model.hiddenSiz=8: model.hiddenSiz: unknown key', '"hiddenSize"'],
    [['--set', 'preset=fats'], '--set preset=fats: preset: ', ''],
    [['--model', 'sasrek'], 'there is no recommender "sasrek"', 'sasrec'],
  ])('says where %j is wrong', (args, message, hint) => {
    const { status, stderr } = veilrec('train', '--dataset', 'x', ...args)
    expect(stderr).toContain(message)
    expect(stderr.slice(stderr.indexOf('hint: '))).toContain(hint)
    expect(status).toBe(2)
  })

  it.each([
    [['--set', 'epoch=5'], 'CONFIG_INVALID', '--set epoch=5: epoch: unknown key'],
    [['--preset', 'papr'], 'CONFIG_INVALID', '--set preset=papr: preset: '],
    [['--config', 'none.yaml'], 'FILE_UNREADABLE', 'none.yaml'],
  ])('says where %j is wrong before it looks for the run', (args, code, message) => {
    const { status, stderr } = veilrec('veil', 'nothing', ...args)
    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })

  it('lists every method of veils with what it does', () => {
    expect(veilMethodSummaries).toEqual(
      Object.fromEntries(veilKinds.map(({ method, summary }) => [method, summary])),
    )
    const { stdout } = veilrec('veil', '--help')
    for (const summary of Object.values(veilMethodSummaries)) expect(stdout).toContain(summary)
  })

  it('says what to type next when nothing is typed', () => {
    const { status, stdout } = veilrec()
    expect(stdout).toContain('Next: veilrec data add simulated')
    expect(status).toBe(0)
    expect(json('status')).toMatchObject({ datasets: [], runs: [], next: 'data add simulated' })
  })

  it('lists recommenders and shows their settings as a configuration', () => {
    expect(veilrec('models').stdout).toMatch(/sasrec .*fast, paper/)
    const file = join(folder, 'shown.yaml')
    const { stdout } = veilrec('config', 'show', 'sasrec', '--preset', 'fast')
    expect(stdout).toContain(
      '  # no epoch starts that would end after this time; more than 0\n  maxMinutes: 11\n',
    )
    writeFileSync(file, stdout)
    // Every key is known; what fails is the data set.
    expect(veilrec('train', '--dataset', 'x', '--config', file).stderr).toContain('error DATASET_NOT_FOUND')
    expect(json('config', 'show', 'sasrec')).toMatchObject({ model: { hiddenSize: 128 } })
    expect(json('config', 'schema', 'sasrec')).toMatchObject({ properties: { model: { type: 'object' } } })
    expect(veilrec('config', 'show', 'sasrek').status).toBe(2)
  })

  it('examines the machine', () => {
    expect(json('doctor')).toMatchObject({
      versions: { node: process.versions.node },
      home: environment.VEILREC_HOME,
    })
  })

  it('ends with 130 when interrupted, and at once when interrupted again', async () => {
    const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
    // A command that never ends: the pipe it reads is never written to.
    const child = spawn(
      process.execPath,
      ['-e', `setInterval(() => {}, 1000); import(${JSON.stringify(program)})`],
      {
        env: environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    child.kill('SIGINT')
    await new Promise((resolve) => child.stderr.once('data', resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
  })
})

describe('veilrec on simulated data', () => {
  beforeAll(() => {
    json(
      'data',
      'add',
      'tiny',
      '--source',
      'simulated',
      '--option',
      'numUsers=160',
      '--option',
      'numItems=60',
    )
    json('train', '--dataset', 'tiny', '--name', 'first', '--set', 'training.epochs=2', ...settings)
    json('veil', 'first', '--method', 'linear-erasure', '--attributes', 'gender')
  }, 120_000)

  it('lists what there is', () => {
    expect(json('data', 'list')).toMatchObject([{ name: 'tiny', source: 'simulated' }])
    expect(json('data', 'card', 'tiny')).toMatchObject({ name: 'tiny', options: { numUsers: 160 } })
    expect(json('runs')).toMatchObject([
      {
        name: 'first',
        veils: [{ id: 'linear-erasure', method: 'linear-erasure', attributes: ['gender'] }],
        manifest: { status: 'finished' },
      },
    ])
    expect(veilrec('runs').stdout).toMatch(/first .*sasrec .*tiny .*finished .*gender/)
  })

  it('recommends unseen items, with and without the veil', () => {
    const result = json('recommend', 'latest', '--user', '7', '--veil', 'gender', '--top', '5')
    expect(result).toMatchObject({
      run: 'first',
      user: '7',
      requirement: ['gender'],
      method: 'linear-erasure',
    })
    const { base, veiled } = result as Record<'base' | 'veiled', { item: string; title: string }[]>
    expect(base).toHaveLength(5)
    expect(veiled).toHaveLength(5)
    expect(new Set(base.map(({ item }) => item)).size).toBe(5)
    expect(base[0]!.title).toMatch(/^Film /)
    expect(json('recommend', 'fir', '--user', '7')).toMatchObject({ requirement: [], veiled: null })
  })

  it.each([
    [['--user', '7', '--veil', 'age'], 'VEIL_NOT_FOUND', 'veils for gender'],
    [['--user', '7', '--veil', 'gender,age'], 'VEIL_NOT_FOUND', 'veils for gender'],
    [['--user', '7', '--veil', 'gendre'], 'INVALID_ARGUMENT', 'gender, age'],
    [['--user', '7', '--veil', 'gender', '--method', 'linear-erasur'], 'INVALID_ARGUMENT', 'linear-erasure'],
    [['--user', '7', '--method', 'linear-erasure'], 'INVALID_ARGUMENT', '--veil'],
    [['--user', 'nobody'], 'USER_NOT_FOUND', 'nobody'],
  ])('gives no list at all for %j', (args, code, names) => {
    const { status, stdout, stderr } = veilrec('recommend', 'first', ...args)
    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(names)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  it('recommends to somebody with a history, and exports what does it', () => {
    const { base } = json('recommend', 'first', '--history', '3,14,5', '--top', '4') as Record<
      'base',
      unknown[]
    >
    expect(base).toHaveLength(4)
    for (const args of [['--history', '3,x'], [], ['--user', '7', '--history', '3']]) {
      expect(veilrec('recommend', 'first', ...args).status).toBe(2)
    }
    const file = join(folder, 'first.onnx')
    expect(json('export', 'first', '--onnx', file)).toMatchObject({
      run: 'first',
      input: { name: 'history', shape: ['batch', 20] },
      output: { name: 'scores', shape: ['batch', 61] },
    })
    expect(existsSync(file)).toBe(true)
  })

  it('recommends from a bundle what its run recommends', () => {
    type Lists = Record<'base' | 'veiled', { rank: number; item: string; title: string }[]>
    const withoutScores = ({ base, veiled }: Lists): unknown =>
      [base, veiled].map((list) => list.map(({ rank, item, title }) => [rank, item, title]))
    const { digest } = json('bundle', 'first', '--histories', '--out', 'first.bundle') as { digest: string }
    const asked = ['--user', '7', '--veil', 'gender', '--top', '5']
    const served = json('recommend', 'first.bundle', ...asked)
    expect(served).toMatchObject({ digest, user: '7', requirement: ['gender'], audited: false })
    expect(withoutScores(served as Lists)).toEqual(
      withoutScores(json('recommend', 'first', ...asked) as Lists),
    )
    const { stdout } = veilrec('recommend', 'first.bundle', ...asked)
    expect(stdout).toMatch(/^first\.bundle: user 7, \d+ interactions\n/)
    expect(stdout).toContain('not audited')
    const { stderr, status } = veilrec('recommend', 'first.bundle', '--user', 'nobody')
    expect(stderr).toContain('error USER_NOT_FOUND: ')
    expect(status).toBe(2)
  })

  it('says what leads on from what is there', () => {
    expect(json('status')).toMatchObject({ datasets: ['tiny'], runs: ['first'], next: 'audit first' })
  })

  it('audits the run and stores what it prints, without any value of a user', () => {
    const result = json('audit', 'first', '--quick', '--seed', '3')
    const text = readFileSync(join(environment.VEILREC_HOME, 'runs', 'first', 'audit-quick.json'), 'utf8')
    expect(JSON.parse(text)).toEqual(result)
    expect(result).toMatchObject({
      formatVersion: 2,
      run: 'first',
      isQuick: true,
      seed: 3,
      rows: [
        { requirement: [], veil: null, attacks: [{ attribute: 'gender', hidden: false }, { hidden: false }] },
        { requirement: ['gender'], attacks: [{ attribute: 'gender', hidden: true }] },
      ],
    })
    const { rows, threatsToValidity } = result as Record<'rows' | 'threatsToValidity', unknown[]>
    expect(rows).toHaveLength(2)
    expect(threatsToValidity.length).toBeGreaterThan(3)
    expect(text).not.toContain(folder)
    const shown = veilrec('audit', 'first', '--quick', '--seed', '3', '--attributes', 'gender')
    expect(shown.status).toBe(0)
    expect(shown.stdout).toMatch(/^QUICK audit of first /)
    expect(shown.stdout).toMatch(/^a behind gender: gender /m)
    expect(shown.stdout).toContain('Threats to validity:')
    expect(shown.stdout).toContain('the attribute age, left out on request')
    expect(shown.stdout).toContain('Next: veilrec audit first')
    expect(shown.stderr).toMatch(/gender\/gender\/vectors/)
  })

  it('writes a report of what the audit found, marked as a first look', () => {
    const file = join(environment.VEILREC_HOME, 'runs', 'first', 'report.html')
    const shown = veilrec('report', 'first')
    expect(shown.status).toBe(0)
    expect(shown.stdout).toMatch(/^first: sasrec on tiny, quick look\n {2}First look, not to be quoted: /)
    expect(shown.stdout).toContain(`${file}: `)
    const html = readFileSync(file, 'utf8')
    expect(html).toContain('Quote nothing of it.')
    expect(html).toContain('Simulated; no person stands behind it.')
    expect(html).not.toContain(folder)
    expect(json('report', 'first')).toMatchObject({ file, bytes: Buffer.byteLength(html), figures: [] })
    expect(readFileSync(file, 'utf8')).toBe(html)
    expect(veilrec('report').status).toBe(2)
  })

  it('keeps a checkpoint when training is interrupted, and refuses to work with it', async () => {
    const endless = ['--set', 'training.epochs=10000', '--set', 'training.patience=10000']
    const args = [bin, 'train', '--dataset', 'tiny', '--name', 'second', '--json', ...endless, ...settings]
    const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      const isFirst = !stderr.includes('epoch 1 ')
      stderr += chunk.toString()
      if (isFirst && stderr.includes('epoch 1 ')) child.kill('SIGINT')
    })
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
    expect(stderr).toContain('error ABORTED: ')
    expect(stderr).toContain('veilrec train --resume second')
    expect(stdout).toBe('')
    expect(status).toBe(130)
    expect(existsSync(join(environment.VEILREC_HOME, 'runs', 'second', 'run.json'))).toBe(true)
    expect(veilrec('audit', 'second').stderr).toContain('error RUN_UNFINISHED: ')
    expect(veilrec().stdout).toContain('Next: veilrec train --resume second')
    expect(veilrec('runs', 'rm', 'sec').status).toBe(2)
    expect(json('runs', 'rm', 'second')).toEqual({ name: 'second' })
    expect(json('runs')).toMatchObject([{ name: 'first' }])
  })

  it('refuses a veil once the parameters of its run are others', () => {
    const parameters = join(environment.VEILREC_HOME, 'runs', 'first', 'best.safetensors')
    const bytes = readFileSync(parameters)
    const changed = Buffer.from(bytes)
    changed[changed.length - 4]! ^= 1
    writeFileSync(parameters, changed)
    const { status, stderr, stdout } = veilrec('recommend', 'first', '--user', '7', '--veil', 'gender')
    writeFileSync(parameters, bytes)
    expect(stderr).toContain('error VEIL_STALE: ')
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })
})
