import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Rng } from '@veilrec/core'
import type { VectorAuditResult } from '@veilrec/lab'
import { writeNpy } from '@veilrec/runtime'
import { run } from '@stricli/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createApplication } from './application.js'
import { exitCodeOf } from './render/error.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-cli-vectors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function veilrec(args: readonly string[], signal = new AbortController().signal): Promise<Outcome> {
  const written = { stdout: '', stderr: '' }
  const streams = {
    stdout: { write: (text: string) => void (written.stdout += text) },
    stderr: { write: (text: string) => void (written.stderr += text) },
    env: {},
    exitCode: null as number | string | null,
  }
  await run(createApplication(signal), args, {
    process: streams,
    isTerminal: false,
    env: { VEILREC_HOME: join(folder, 'home') },
    cwd: folder,
    signal,
  })
  return { code: exitCodeOf(Number(streams.exitCode ?? 0)), ...written }
}

const file = (name: string): string => join(folder, name)
const inputs = (vectors: string, users = 'users.csv', attributes = 'gender'): string[] => [
  'audit',
  '--vectors',
  file(vectors),
  '--users',
  file(users),
  '--attributes',
  attributes,
]

async function audited(...args: readonly string[]): Promise<VectorAuditResult> {
  const { code, stdout, stderr } = await veilrec([...args, '--quick', '--json'])
  expect(stderr).not.toMatch(/^error/m)
  expect(code).toBe(0)
  expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
  return JSON.parse(stdout) as VectorAuditResult
}

/** A command that the user got wrong: its error, and nothing else. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await veilrec(args)
  expect(stdout).toBe('')
  expect(code).toBe(2)
  expect(stderr).not.toContain('    at ')
  return stderr
}

const numUsers = 400
const dimension = 4
// One coordinate tells the gender, none tells the colour; the numbers are exact in float32 and in text.
const rng = Rng.fromSeed(1)
const users = Array.from({ length: numUsers }, (_, user) => ({
  id: `u${user}`,
  gender: rng.uniform() < 0.4 ? 'F' : 'M',
  colour: ['red', 'green', 'blue'][rng.int(3)]!,
}))
const rows = users.map(({ gender }) =>
  Array.from({ length: dimension }, (_, j) => {
    const leak = j === 2 && gender === 'F' ? 2.5 : 0
    return Math.round((rng.normal() + leak) * 1024) / 1024
  }),
)
const table = (separator: string, order = users.map((_, user) => user)): string =>
  [
    ['user', 'a', 'b', 'c', 'd'].join(separator),
    ...order.map((user) => [users[user]!.id, ...rows[user]!].join(separator)),
  ].join('\n')

beforeAll(async () => {
  const lines = users.map(({ id, gender, colour }) => `${id},${gender},${colour}`)
  writeFileSync(file('users.csv'), ['id,gender,colour', ...lines].join('\n'))
  writeFileSync(file('v.csv'), table(','))
  writeFileSync(
    file('backwards.tsv'),
    table(
      '\t',
      users.map((_, user) => numUsers - 1 - user),
    ),
  )
  for (const [name, data] of [
    ['v.npy', Float32Array.from(rows.flat())],
    ['v64.npy', Float64Array.from(rows.flat())],
  ] as const) {
    await writeNpy(file(name), { shape: [numUsers, dimension], data })
  }
})

describe('veilrec audit --vectors', () => {
  it('tells what leaks from what does not, as one line of JSON, and needs no home', async () => {
    const result = await audited(
      ...inputs('v.npy', 'users.csv', 'gender,colour'),
      '--out',
      file('audit.json'),
    )
    expect(Object.keys(result.attributes)).toEqual(['gender', 'colour'])
    const { gender, colour } = result.attributes
    expect(gender).toMatchObject({ state: 'measured', verdict: 'can-be-told', atChance: false, missing: 0 })
    expect(gender!.auc).toBeGreaterThan(0.9)
    expect(gender!.interval!.lower).toBeLessThan(gender!.auc!)
    expect(gender!.attackers['logistic-regression']!.auc).toBeGreaterThan(0.9)
    expect(gender!.majority).toBeGreaterThan(0.5)
    expect(gender!.balancedAccuracy).toBeGreaterThan(0.7)
    expect(gender!.microF1).toBeGreaterThan(0.7)
    expect(gender!.groups).toEqual({ defence: 0, attackTrain: 260, attackValidation: 40, attackTest: 100 })
    expect(gender!.classes.map(({ name }) => name)).toEqual(['F', 'M'])
    expect(colour!.verdict).not.toBe('can-be-told')
    expect(result).toMatchObject({
      formatVersion: 1,
      isQuick: true,
      seed: 1,
      defenceUsers: null,
      chanceMargin: 0.55,
    })
    expect(result.validity.map(({ name }) => name)).toContain('planted-signal')
    expect(result.notes[0]).toMatch(/is not known/)
    expect(result.threatsToValidity.join()).toMatch(/no correction/)
    expect(JSON.stringify(result)).not.toContain(folder)
    expect(JSON.parse(readFileSync(file('audit.json'), 'utf8'))).toEqual(result)
    expect(existsSync(file('home'))).toBe(false)
    expect(existsSync(file('.veilrec'))).toBe(false)
  }, 60_000)

  it('says the same of npy, CSV and TSV, whatever the order of rows with ids', async () => {
    const { attributes } = await audited(...inputs('v64.npy'))
    expect((await audited(...inputs('v.csv'))).attributes).toEqual(attributes)
    expect((await audited(...inputs('backwards.tsv'))).attributes).toEqual(attributes)
    expect((await audited(...inputs('v64.npy'), '--seed', '2')).attributes).not.toEqual(attributes)
  }, 60_000)

  it('finds out vectors that were cleaned for the defence users only', async () => {
    const isDefence = (user: number): boolean => user % 5 < 2
    const cleaned = rows.map((row, user) => {
      // The gender moves the coordinate by 2.5 for everybody; only defence users get it back.
      const shift = isDefence(user) && users[user]!.gender === 'F' ? 2.5 : 0
      return row.map((value, j) => (j === 2 ? value - shift : value))
    })
    await writeNpy(file('cleaned.npy'), {
      shape: [numUsers, dimension],
      data: Float32Array.from(cleaned.flat()),
    })
    const ids = users.filter((_, user) => isDefence(user)).map(({ id }) => id)
    writeFileSync(file('defence.txt'), ['defended users', ...ids, 'nobody'].join('\n'))
    const result = await audited(...inputs('cleaned.npy'), '--defence-users', file('defence.txt'))
    const { gender } = result.attributes
    expect(result.defenceUsers).toEqual({
      file: 'defence.txt',
      audited: 160,
      unknown: { count: 1, examples: ['nobody'] },
    })
    expect(result.groups).toEqual({ defence: 160, attackTrain: 100, attackValidation: 40, attackTest: 100 })
    expect(gender).toMatchObject({ trainedOn: 'attackTrain', verdict: 'can-be-told' })
    const { defence, attackTrain } = gender!.attackers['logistic-regression']!.byGroup
    expect(attackTrain!.auc).toBeGreaterThan(0.85)
    expect(defence!.auc).toBeLessThan(attackTrain!.auc)
    expect(result.notes[0]).toMatch(/trained twice, on 160 defence users and on 100 others/)
  }, 60_000)

  it('shows a table, whether to trust it, and what to know', async () => {
    writeFileSync(file('few.csv'), `${table(',')}\nstranger,1,2,3,4`)
    const { code, stdout, stderr } = await veilrec([
      ...inputs('few.csv', 'users.csv', 'gender,colour'),
      '--quick',
    ])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^gender: logistic-regression on attackTrain/m)
    expect(stdout).toContain('audit of few.csv: 400 users, 4 numbers each')
    expect(stdout).toMatch(/│ gender +│ 0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\] │ can be told +│/)
    expect(stdout).toMatch(/│ colour +│ 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] │ (undecided|at chance) +│/)
    expect(stdout).toContain('Can the measurement be trusted?\n- shuffled-labels: passed; ')
    expect(stdout).toContain('- users left out, with a vector, but not in users.csv: 1, such as "stranger"')
    expect(stdout).toContain('Not attacked:\n- ')
    expect(stdout).toContain('Threats to validity:\n- ')
  }, 60_000)

  it("takes MovieLens' own users file, and tells rare classes and missing values", async () => {
    const movielens = users.map(
      ({ gender }, user) => `${user + 1}::${gender}::${user % 2 ? 25 : 35}::${user < 6 ? 8 : 4}::0`,
    )
    writeFileSync(file('users.dat'), movielens.join('\n'))
    const result = await audited(...inputs('v.npy', 'users.dat', 'occupation'))
    expect(result.notes.join('\n')).toMatch(
      /occupation: fewer than 10 test users in .*farmer \(\d\).*; largeClassAuc leaves them out/,
    )
    writeFileSync(
      file('gaps.csv'),
      ['id,gender', ...users.map(({ id, gender }, user) => `${id},${user < 30 ? '' : gender}`)].join('\n'),
    )
    const gaps = await audited(...inputs('v.npy', 'gaps.csv'))
    expect(gaps.attributes['gender']).toMatchObject({ missing: 30 })
    expect(gaps.notes).toContain('gender: 30 users have no value and were left out')
  }, 60_000)

  it.each([
    ['three', 'rows', [`id,gender\na,F\nb,M\nc,F`], /v\.npy has 400 rows, and .*three\.csv lists 3 users/],
    ['others', 'ids', [`id,gender\na,F\nb,M\nc,F`], /400 of 400 users of .*v\.csv, such as "u0", "u1", "u2"/],
  ])('refuses users that do not fit: %s', async (name, kind, [content], message) => {
    writeFileSync(file(`${name}.csv`), content!)
    const error = await refusal(...inputs(kind === 'rows' ? 'v.npy' : 'v.csv', `${name}.csv`))
    expect(error).toMatch(/^error VECTORS_INVALID: /m)
    expect(error).toMatch(message)
    expect(error).toMatch(/^hint: /m)
  })

  it.each<[string, string, RegExp]>([
    ['nan.csv', 'id,a,b\nu0,1,2\nu1,nan,3\n', /DATA_MALFORMED_ROW: .*nan\.csv:3: column "a" is NaN/],
    ['constant.csv', 'id,a,b\nu0,1,2\nu1,1,2\n', /VECTORS_INVALID: .*all 2 columns are constant/],
    ['twice.csv', 'id,a\nu0,1\nu1,2\nu0,3\n', /DATA_MALFORMED_ROW: .*twice\.csv:4: id: "u0" occurs a second/],
    ['v.json', '{}', /VECTORS_INVALID: .*the ending "\.json" does not say/],
    ['bad.npy', 'no numpy', /FILE_MALFORMED: .*bad\.npy/],
  ])('refuses vectors that are none: %s', async (name, content, message) => {
    writeFileSync(file(name), content)
    expect(await refusal(...inputs(name))).toMatch(message)
  })

  it.each<[string, string[], RegExp]>([
    [
      'an unknown attribute',
      inputs('v.npy', 'users.csv', 'gendre'),
      /no attribute "gendre"; there is gender, colour\nhint: Did you mean gender\?/,
    ],
    ['an attribute twice', inputs('v.npy', 'users.csv', 'gender,gender'), /"gender" is named twice/],
    ['no users', ['audit', '--vectors', 'v.npy', '--attributes', 'gender'], /--vectors needs --users/],
    ['no attributes', ['audit', '--vectors', 'v.npy', '--users', 'u.csv'], /--vectors needs --attributes/],
    ['a run beside', ['audit', 'latest', '--vectors', 'v.npy'], /cannot be audited at once/],
    ['nothing', ['audit'], /there is nothing to audit\nhint: Type "veilrec audit RUN"/],
    ['users of a run', ['audit', 'latest', '--users', 'u.csv'], /--users belongs to --vectors/],
    ['a file for a run', ['audit', 'latest', '--out', 'a.json'], /--out belongs to --vectors/],
    ['no such file', inputs('none.npy'), /FILE_UNREADABLE: .*none\.npy/],
    ['a seed of words', [...inputs('v.npy'), '--seed', 'x'], /seed.*whole number/],
    ['nowhere to write', [...inputs('v.npy'), '--out', join(folder, 'no', 'a.json')], /FILE_UNWRITABLE/],
    [
      'defence users from elsewhere',
      [...inputs('v.npy'), '--defence-users', join(folder, 'v.csv.ids')],
      /2 of 2 users, such as "x"/,
    ],
  ])('refuses %s', async (_, args, message) => {
    writeFileSync(file('v.csv.ids'), 'header\nx\ny\n')
    expect(await refusal(...args)).toMatch(message)
  })

  it('refuses an attribute of one class, and defence users who are everybody', async () => {
    writeFileSync(file('same.csv'), ['id,gender', ...users.map(({ id }) => `${id},F`)].join('\n'))
    expect(await refusal(...inputs('v.npy', 'same.csv'))).toMatch(
      /all audited users have the same value of gender/,
    )
    writeFileSync(file('all.txt'), users.map(({ id }) => id).join('\n'))
    const error = await refusal(...inputs('v.npy'), '--defence-users', file('all.txt'))
    expect(error).toMatch(/all 400 users are defence users/)
  })

  it('stops on request with exit code 130, and writes nothing', async () => {
    const controller = new AbortController()
    const work = veilrec([...inputs('v.npy'), '--quick', '--out', file('never.json')], controller.signal)
    setTimeout(() => controller.abort(), 5)
    const { code, stdout, stderr } = await work
    expect(stderr).toContain('error ABORTED: ')
    expect(stdout).toBe('')
    expect(code).toBe(130)
    expect(existsSync(file('never.json'))).toBe(false)
  })
})
