import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { leaveOneOutTargets, popularity } from '@veilrec/core'
import { addDataset, loadDataset } from '@veilrec/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { evaluate, type EvaluateRequest } from './evaluate.js'
import type { EvaluationResult, Figures } from './evaluation-result.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-evaluate-'))
const home = join(folder, 'home')
afterAll(() => rmSync(folder, { recursive: true }))

/** Three users and six items; everything from time 100 on is the test of the split by time, and nothing is validation. */
const ratings = `
  1::60::5::1 1::10::5::2 1::20::5::100 1::30::5::100
  2::20::5::1 2::10::5::2 2::40::5::100
  3::30::5::1 3::40::5::2 3::50::5::3`
  .trim()
  .split(/\s+/)

let files = 0
function file(content: string): string {
  const path = join(folder, `${files++}`, 'lists.csv')
  mkdirSync(dirname(path))
  writeFileSync(path, content)
  return path
}

async function onThree(content: string, more: Partial<EvaluateRequest> = {}): Promise<EvaluationResult> {
  return evaluate({ home, runFile: file(content), dataset: 'three', ...more })
}

beforeAll(async () => {
  const from = join(folder, 'ml-1m')
  mkdirSync(from)
  writeFileSync(join(from, 'ratings.dat'), `${ratings.join('\n')}\n`)
  writeFileSync(join(from, 'users.dat'), ['1::F', '2::M', '3::M'].map((u) => `${u}::25::7::00000\n`).join(''))
  const movies = [10, 20, 30, 40, 50, 60].map((id) => `${id}::Film ${id} (2000)::Drama\n`)
  writeFileSync(join(from, 'movies.dat'), movies.join(''))
  await addDataset({ home, name: 'three', source: 'ml-1m', from, seed: 1, options: { kCore: 1 } })
  const options = { numUsers: 120, numItems: 60 }
  await addDataset({ home, name: 'simulated', seed: 1, options })
})

/**
 * User 1 had 60, 10, 20 and is to get 30, which shares the second and third place; user 2 is not given 40; user 3 is not
 * in the file.
 */
const lists = 'user,item,score 1,30,2 1,40,3 1,50,2 1,10,9 1,99,8 2,10,1 2,30,5 9,10,1'.replaceAll(' ', '\n')

const atRank = (rank: number): number => 1 / Math.log2(rank + 1)

describe('evaluate a run file', () => {
  it('gives what one works out by hand', async () => {
    const result = await onThree(lists)
    expect(result).toMatchObject({
      split: 'leave-one-out',
      subject: { kind: 'run-file', name: 'lists.csv' },
      users: 3,
      items: 6,
      rows: 8,
      missingUsers: 1,
      seenRemoved: 2,
      unknownUsers: 1,
      unknownItems: 1,
      usersWithoutTarget: 0,
      examples: { missingUsers: ['3'], unknownUsers: ['9'], unknownItems: ['99'] },
      auc: null,
      'sampled(uniform,99)': null,
    })
    expect(result['ndcg@10']).toBeCloseTo(atRank(2.5) / 3, 12)
    expect(result['ndcg@5']).toBeCloseTo(atRank(2.5) / 3, 12)
    expect(result['hit@10']).toBeCloseTo(1 / 3, 12)
    expect(result['recall@20']).toBeCloseTo(1 / 3, 12)
    expect(result['precision@10']).toBeCloseTo(0.1 / 3, 12)
    expect(result.mrr).toBeCloseTo(0.4 / 3, 12)
    expect(result['coverage@10']).toBe(0.5)
    expect(result.intervals['ndcg@10']).toMatchObject({ lower: 0 })
    expect(result.reasons.auc).toContain('leave candidates out')
    expect(Object.keys(result.baselines)).toEqual(['popularity', 'random', 'item-knn', 'co-occurrence'])
  })

  it('takes ranks as it takes scores that order alike', async () => {
    const byRank = 'user,item,rank\n1,40,1\n1,30,2\n1,50,3\n2,30,1\n'
    const byScore = 'user,item,score\n1,50,-7\n1,30,0.5\n2,30,1\n1,40,1e3\n'
    const [ranked, scored] = await Promise.all([onThree(byRank), onThree(byScore)])
    expect(ranked.mrr).toBeCloseTo(0.5 / 3, 12)
    expect({ ...ranked, subject: scored.subject }).toEqual(scored)
  })

  it('measures several targets under global-time, and leaves out who has none', async () => {
    const result = await onThree(lists, { split: 'global-time' })
    // User 1 is to get 20 and 30, user 2 is to get 40; user 3 has nothing from time 100 on.
    expect(result).toMatchObject({ users: 2, usersWithoutTarget: 1, missingUsers: 0, seenRemoved: 2 })
    expect(result['ndcg@10']).toBeCloseTo(atRank(2.5) / (1 + atRank(2)) / 2, 12)
    expect(result['recall@10']).toBeCloseTo(0.5 / 2, 12)
    expect(result['precision@5']).toBeCloseTo(0.2 / 2, 12)
    expect(result['hit@10']).toBe(0.5)
    expect(result.untied).toBeNull()
  })

  it('gives the same with the same seed, and other intervals with another', async () => {
    const [first, again, other] = await Promise.all([1, 1, 2].map((seed) => evaluate(popular(seed))))
    expect(again).toEqual(first)
    expect(other!['ndcg@10']).toBe(first!['ndcg@10'])
    expect(other!.intervals['ndcg@10']).not.toEqual(first!.intervals['ndcg@10'])
  })

  it('finds popularity in a file to be the popularity beside it', async () => {
    const { baselines, missingUsers, seenRemoved, ...figures } = await evaluate(popular(1))
    const { comparison, ...baseline } = baselines['popularity']!
    for (const metric of Object.keys(baseline) as (keyof Figures)[]) {
      expect({ [metric]: figures[metric] }).toEqual({ [metric]: baseline[metric] })
    }
    expect(comparison).toMatchObject({ value: 0, effectSize: null, adjustedPValue: 1 })
    expect(missingUsers).toBe(0)
    expect(seenRemoved).toBeGreaterThan(0)
    expect(figures.untied!.users).toBeLessThanOrEqual(figures.users)
    expect(figures.attackTest!.users).toBeLessThan(figures.users)
    expect(figures.auc).toBeGreaterThan(0.5)
    expect(figures['sampled(uniform,99)']!.auc).toBeGreaterThan(0.5)
  })
})

/** Everybody's popularity scores of the whole catalogue, what they had included. */
let popularFile: string | undefined
function popular(seed: number): EvaluateRequest {
  return { home, runFile: popularFile!, dataset: 'simulated', seed }
}
beforeAll(async () => {
  const { histories, numItems, userIds, itemIds } = await loadDataset(home, 'simulated')
  const scores = new Float64Array(numItems + 1)
  popularity(leaveOneOutTargets(histories, 'validation').known, numItems).score(0, new Int32Array(0), scores)
  const rows = userIds.flatMap((user) =>
    itemIds.slice(1).map((item, i) => `${user},${item},${scores[i + 1]}`),
  )
  popularFile = file(['user,item,score', ...rows].join('\n'))
})

describe('evaluate', () => {
  it.each([
    [{}, 'nothing to evaluate'],
    [{ run: 'a', runFile: 'b', dataset: 'c' }, 'at once'],
    [{ runFile: 'b' }, 'needs the data set'],
    [{ run: 'a', dataset: 'c' }, 'the data set it was trained on'],
    [{ run: 'a', seed: 0.5 }, 'whole number'],
  ])('refuses the request %j', async (request, message) => {
    const attempt = evaluate({ home, ...request })
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', kind: 'user' })
    await expect(attempt).rejects.toThrow(message)
  })

  it('stops when it is asked to', async () => {
    const controller = new AbortController()
    const attempt = evaluate({
      ...popular(1),
      signal: controller.signal,
      onProgress: ({ stage }) => stage === 'baselines' && controller.abort(),
    })
    await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
