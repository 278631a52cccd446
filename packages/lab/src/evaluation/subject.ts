import { basename } from 'node:path'

import {
  removeSeen,
  VeilrecError,
  type Dataset,
  type RecommendationLists,
  type ScoreRows,
} from '@veilrec/core'
import { readRunFile } from '@veilrec/data'

import { encodeUsers } from '../encode-users.js'
import type { LoadedRun } from '../load-run.js'
import type { EvaluationResult, RunFileReport } from './evaluation-result.js'
import type { EvaluationSplit, EvaluationTask } from './evaluation-task.js'
import { scoresOfCompleteLists } from './ranking.js'

/** What a recommender gives: scores of the whole catalogue, or lists of some of it. */
export type Recommended =
  | { readonly scores: ScoreRows; readonly lists?: never }
  | { readonly lists: RecommendationLists; readonly scores?: never }

/** What is evaluated. */
export interface Subject {
  readonly label: EvaluationResult['subject']
  readonly recommended: Recommended
  /** Of a file of lists. */
  readonly report?: RunFileReport
}

/**
 * A run, encoded for the test.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` under `global-time`: a run is trained for leave-one-out and has seen nearly all
 *   that this split holds out.
 */
export async function runSubject(
  run: LoadedRun,
  split: EvaluationSplit,
  threads: number | undefined,
): Promise<Subject> {
  const { name, manifest } = run
  if (split === 'global-time') {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `the run "${name}" was trained for leave-one-out, so it has seen most of what global-time holds out for the test`,
      { run: name, split },
      'Evaluate it with the split leave-one-out; only lists from outside can be measured under global-time.',
    )
  }
  const userVectors = await encodeUsers(run, 'test', threads === undefined ? {} : { threads })
  return {
    label: { kind: 'run', name, model: manifest.model },
    recommended: { scores: run.scores(userVectors) },
  }
}

/**
 * The lists of an outside recommender; lists that name every candidate of every user are taken as scores.
 *
 * @throws VeilrecError as `readRunFile` does.
 */
export async function fileSubject(
  path: string,
  dataset: Dataset,
  task: EvaluationTask,
  signal: AbortSignal | undefined,
): Promise<Subject> {
  const file = await readRunFile({ path, dataset, ...(signal === undefined ? {} : { signal }) })
  const { lists, seenRemoved } = removeSeen(file, dataset.numItems, task.masked)
  const missing = task.users.filter((user) => file.offsets[user + 1] === file.offsets[user])
  const scores = scoresOfCompleteLists(task, dataset.numItems, lists)
  const { rows, unknownUsers, unknownItems } = file
  return {
    label: { kind: 'run-file', name: basename(path) },
    recommended: scores === undefined ? { lists } : { scores },
    report: {
      rows,
      missingUsers: missing.length,
      seenRemoved,
      unknownUsers: unknownUsers.count,
      unknownItems: unknownItems.count,
      examples: {
        missingUsers: Array.from(missing.subarray(0, 5), (user) => dataset.userIds[user]!),
        unknownUsers: unknownUsers.examples,
        unknownItems: unknownItems.examples,
      },
    },
  }
}
