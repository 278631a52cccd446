import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { encodeUsers, loadRun, type EvaluationResult } from '@veilrec/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/veilrec.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'veilrec-cli-evaluate-'))
const home = join(folder, 'home')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function veilrec(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...process.env, VEILREC_HOME: home },
    encoding: 'utf8',
  })
}

function json(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = veilrec(...args, '--json')
  expect(stderr).not.toMatch(/^error/m)
  expect(status).toBe(0)
  expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
  return JSON.parse(stdout)
}

/** A command that the user got wrong: its error, and nothing else. */
function refusal(...args: readonly string[]): string {
  const { status, stdout, stderr } = veilrec(...args)
  expect(stdout).toBe('')
  expect(status).toBe(2)
  expect(stderr).not.toContain('    at ')
  return stderr
}

beforeAll(() => {
  const sizes = ['--option', 'numUsers=120', '--option', 'numItems=60']
  json('data', 'add', 'tiny', '--source', 'simulated', ...sizes)
  const small = ['model.hiddenSize=8', 'model.historyLength=20', 'training.epochs=1']
  json('train', '--dataset', 'tiny', '--name', 'first', ...small.flatMap((s) => ['--set', s]))
}, 120_000)

describe('veilrec evaluate', () => {
  it('measures a run beside baselines, as one line of JSON with flat names', () => {
    const result = json('evaluate', 'first')
    expect(result).toMatchObject({
      formatVersion: 1,
      subject: { kind: 'run', name: 'first', model: 'sasrec' },
      dataset: { name: 'tiny' },
      split: 'leave-one-out',
      users: 120,
      items: 60,
      'sampled(uniform,99)': { users: 120 },
    })
    const { baselines, ...figures } = result as EvaluationResult
    const names = ['ndcg', 'hit', 'recall', 'precision', 'coverage'].flatMap((metric) =>
      [5, 10, 20].map((k) => `${metric}@${k}`),
    )
    for (const name of [...names, 'mrr', 'auc']) {
      expect(figures).toHaveProperty([name], expect.any(Number))
    }
    expect(Object.keys(baselines)).toEqual(['popularity', 'random', 'item-knn', 'co-occurrence'])
    for (const { comparison } of Object.values(baselines)) {
      expect(comparison.adjustedPValue).toBeGreaterThanOrEqual(comparison.pValue)
    }
    expect(JSON.stringify(result)).not.toContain(folder)
  })

  it('gives the full scores of the run, written to a file, the same figures', async () => {
    const run = await loadRun(home, 'first')
    const { dataset } = run
    const scores = run.scores(await encodeUsers(run, 'test'))
    const rows = dataset.userIds.flatMap((id, user) => {
      const row = scores(user)
      return dataset.itemIds.slice(1).map((item, i) => `${id}\t${item}\t${row[i + 1]}`)
    })
    const path = join(folder, 'scores.tsv')
    writeFileSync(path, ['user\titem\tscore', ...rows].join('\n'))
    const ofRun = json('evaluate', 'first') as EvaluationResult
    const ofFile = json('evaluate', '--run-file', path, '--dataset', 'tiny') as EvaluationResult
    const {
      subject,
      rows: count,
      missingUsers,
      seenRemoved,
      unknownUsers,
      unknownItems,
      examples,
      ...same
    } = ofFile
    expect({ ...same, subject: ofRun.subject }).toEqual(ofRun)
    expect({ subject, count, missingUsers, unknownUsers, unknownItems }).toEqual({
      subject: { kind: 'run-file', name: 'scores.tsv' },
      count: 7200,
      missingUsers: 0,
      unknownUsers: 0,
      unknownItems: 0,
    })
    expect(seenRemoved).toBeGreaterThan(0)
    expect(examples!.missingUsers).toEqual([])
  })

  it('shows a table, what was not counted, and what to know', () => {
    const path = join(folder, 'one.csv')
    writeFileSync(path, 'user,item,rank\n1,1,1\n1,2,2\n1,3,3\nnobody,3,1\n')
    const { status, stdout, stderr } = veilrec('evaluate', '--run-file', path, '--dataset', 'tiny')
    expect(status).toBe(0)
    expect(stderr).not.toContain('error')
    expect(stdout).toContain('one.csv on the leave-one-out test of tiny: 120 users, full ranking of 60 items')
    expect(stdout).toMatch(/│ one\.csv +│ 0\.0\d+ \[0\.0000, 0\.0\d+\]/)
    expect(stdout).toMatch(/│ item-knn +│/)
    expect(stdout).toMatch(/^users missing from it +119, counted as 0, such as "2", "3"/m)
    expect(stdout).toMatch(/^users it alone has +1, left out, such as "nobody"$/m)
    expect(stdout).toMatch(/^items it alone has +0$/m)
    expect(stdout).toContain('tuning on the test')
    const byTime = veilrec('evaluate', '--run-file', path, '--dataset', 'tiny', '--split', 'global-time')
    expect(byTime.stdout).toMatch(/^users without a target +\d+, left out$/m)
    expect(byTime.stdout).toMatch(/one\.csv on the global-time test of tiny: \d+ users/)
  })

  it.each([
    [['evaluate'], 'INVALID_ARGUMENT', 'veilrec evaluate RUN'],
    [['evaluate', 'first', '--dataset', 'tiny'], 'INVALID_ARGUMENT', 'trained on'],
    [['evaluate', '--run-file', 'lists.csv'], 'INVALID_ARGUMENT', '--run-file FILE --dataset NAME'],
    [['evaluate', '--run-file', 'none.csv', '--dataset', 'tiny'], 'FILE_UNREADABLE', 'none.csv'],
    [['evaluate', '--run-file', 'a.csv', '--dataset', 'x'], 'DATASET_NOT_FOUND', 'veilrec data list'],
    [['evaluate', 'second'], 'RUN_NOT_FOUND', 'first'],
    [['evaluate', 'first', '--split', 'global-time'], 'INVALID_ARGUMENT', 'was trained for leave-one-out'],
    [['evaluate', 'first', '--split', 'random'], 'INVALID_ARGUMENT', 'global-time'],
  ])('refuses %j', (args, code, words) => {
    const error = refusal(...args)
    expect(error).toContain(`error ${code}: `)
    expect(error).toContain(words)
  })

  it('names the line of a file that is wrong', () => {
    const path = join(folder, 'twice.csv')
    writeFileSync(path, 'user,item,score\n1,1,1\n1,2,1\n1,1,3\n')
    const error = refusal('evaluate', '--run-file', path, '--dataset', 'tiny')
    expect(error).toContain(`error DATA_MALFORMED_ROW: ${path}:4: `)
    expect(error).not.toContain('--on-bad-row')
  })
})

describe('veilrec data', () => {
  it('shows the card of a data set', () => {
    const { stdout } = veilrec('data', 'card', 'tiny')
    for (const line of [
      /^users +120$/m,
      /^tied interactions +\d/m,
      /│ leave-one-out +│ [\d,]+ \(120 users\) +│ 120 \(120 users\) +│ 120 \(120 users\)/,
      /│ global-time +│ [\d,]+ \(\d+ users\)/,
      /│ gender +│ F \d+, M \d+/,
      /^global-time +validation from \d{4}-\d\d-\d\d .* UTC, test from/m,
      /^- candidates +[0-9a-f]{64}$/m,
    ]) {
      expect(stdout).toMatch(line)
    }
  })

  it('keeps a data set that a run needs, unless it is forced', () => {
    json('data', 'add', 'unused', '--source', 'simulated', '--option', 'numUsers=60')
    expect(json('data', 'rm', 'unused')).toEqual({ name: 'unused', runs: [] })
    const error = refusal('data', 'rm', 'tiny')
    expect(error).toContain('error DATASET_IN_USE: the run first cannot be used without the data set "tiny"')
    expect(error).toContain('veilrec data rm tiny --force')
    expect(readdirSync(join(home, 'datasets'))).toEqual(['tiny'])
    expect(veilrec('data', 'rm', 'tiny', '--force').stdout).toContain('first cannot be used')
    expect(readdirSync(join(home, 'datasets'))).toEqual([])
    expect(refusal('evaluate', 'first')).toContain('error DATASET_NOT_FOUND: ')
    expect(refusal('data', 'rm', 'tiny')).toContain('error DATASET_NOT_FOUND: ')
  })

  it.each([
    [['data', 'add', 'x'], 'Name one with --source: ml-1m, '],
    [['data', 'add', 'x', '--source', 'ml-1m'], 'https://'],
    [['data', 'add', 'x', '--source', 'table'], 'mapping'],
    [['data', 'add', 'x', '--source', 'simulated', '--on-bad-row', 'skip'], 'onBadRow'],
    [['data', 'add', 'x', '--source', 'simulated', '--on-bad-row', 'leave'], 'fail'],
  ])('says what is missing from %j', (args, words) => {
    expect(refusal(...args)).toContain(words)
  })

  it('names the line of a malformed row, and leaves it out on request', () => {
    const from = mkdtempSync(join(folder, 'ml-1m-'))
    const users = Array.from({ length: 4 }, (_, user) => `${user + 1}::F::25::7::00000`)
    const movies = Array.from({ length: 4 }, (_, movie) => `${movie + 1}::Film::Drama`)
    const ratings = users.flatMap((_, u) => movies.map((__, m) => `${u + 1}::${m + 1}::4::${100 + m}`))
    writeFileSync(join(from, 'users.dat'), users.join('\n'))
    writeFileSync(join(from, 'movies.dat'), movies.join('\n'))
    writeFileSync(join(from, 'ratings.dat'), ['1::2::best::3', ...ratings].join('\n'))
    const add = ['data', 'add', 'small', '--source', 'ml-1m', '--from', from, '--option', 'kCore=1']
    const error = refusal(...add)
    expect(error).toMatch(/error DATA_MALFORMED_ROW: .*ratings\.dat:1: /)
    expect(error).toContain('--on-bad-row skip')
    expect(json(...add, '--on-bad-row', 'skip')).toMatchObject({ skipped: { count: 1 } })
    const { stdout } = veilrec('data', 'card', 'small')
    expect(stdout).toMatch(/warning: 1 malformed rows were left out, such as .*ratings\.dat:1/)
    expect(stdout).toMatch(/warning: .*not the bytes that the publisher gives out/)
  })
})
