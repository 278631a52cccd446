import { baselineScores, VeilrecError, type Histories, type ProgressSink } from '@veilrec/core'
import { loadDataset } from '@veilrec/data'

import { checkpointForAbort } from '../interruption.js'
import { loadRun } from '../load-run.js'
import { storedCandidates } from '../stored-candidates.js'
import { veilrecVersion } from '../version.js'
import { baselines } from './baselines.js'
import { evaluationNotes } from './evaluation-notes.js'
import { evaluationFormatVersion, type EvaluationResult } from './evaluation-result.js'
import { evaluationTask, type EvaluationSplit } from './evaluation-task.js'
import { compareSystems, figuresOfSystems, measureSystem } from './measure-systems.js'
import { sampledNegatives } from './ranking.js'
import { fileSubject, runSubject } from './subject.js'

/** What {@link evaluate} is asked to do: a run, or a file of lists and the data set it is about. */
export interface EvaluateRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run?: string
  /** File with `user,item,score` or `user,item,rank`; its ending says `.csv`, `.tsv` or `.parquet`. */
  readonly runFile?: string
  /** Data set of the file. */
  readonly dataset?: string
  /** Default `leave-one-out`. */
  readonly split?: EvaluationSplit
  /** Seed of the bootstrap and of the random baseline, default 1. */
  readonly seed?: number
  /** Threads of the encoder; all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/**
 * Measures a run, or the lists of any recommender, on the test items, beside baselines (evaluation.md rules 1 to 4, 12).
 *
 * Full ranking of the catalogue, what a user had masked; mid-ranks; a list ranks what it names, and what it leaves out
 * counts as not recommended. A user without a list counts as 0, one without a target not at all. Only the test is
 * measured: figures on validation items have chosen a model and say nothing more.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for a request that names not exactly one thing to measure, a seed that is no
 *   whole number, or a run under `global-time`; `DATA_EMPTY` when no user has a target; `RUN_NOT_FOUND`, `RUN_UNFINISHED`,
 *   `RUN_CORRUPT`, `DATASET_NOT_FOUND`, `DATASET_CORRUPT`; for files what `readRunFile` throws; `ABORTED`.
 * @example
 * const { 'ndcg@10': ndcg, baselines } = await evaluate({ home, runFile: 'lists.csv', dataset: 'ml-1m' })
 */
export async function evaluate(request: EvaluateRequest): Promise<EvaluationResult> {
  const { home, run, runFile, split = 'leave-one-out', seed = 1, threads, signal, onProgress } = request
  checkRequest(request)
  const stages = ['read', 'recommender', 'baselines', 'intervals']
  const enter = async (stage: string): Promise<void> => {
    onProgress?.({ stage, done: stages.indexOf(stage), total: stages.length })
    await checkpointForAbort(signal)
  }

  await enter('read')
  const loaded = run === undefined ? undefined : await loadRun(home, run)
  const dataset = loaded?.dataset ?? (await loadDataset(home, request.dataset!))
  const task = evaluationTask(dataset, split)
  if (task.users.length === 0) {
    throw new VeilrecError('DATA_EMPTY', `no user of "${dataset.name}" has anything in the ${split} test`, {
      dataset: dataset.name,
      split,
    })
  }
  await enter('recommender')
  const subject = loaded
    ? await runSubject(loaded, split, threads)
    : await fileSubject(runFile!, dataset, task, signal)
  const candidates = split === 'leave-one-out' ? await storedCandidates(home, dataset.name) : undefined
  const { numItems } = dataset
  const systems = [measureSystem(subject.recommended, task, numItems, candidates)]
  await enter('baselines')
  const names: string[] = []
  for (const baseline of baselines(task.training, numItems, seed)) {
    names.push(baseline.name)
    const scores = baselineScores(baseline, task.known, numItems)
    systems.push(measureSystem({ scores }, task, numItems, candidates))
    await checkpointForAbort(signal)
  }
  await enter('intervals')
  const [figures, ...ofBaselines] = figuresOfSystems(systems, dataset, task, seed)
  const comparisons = compareSystems(systems, names, task.users, seed)
  return {
    ...figures!,
    ...subject.report,
    formatVersion: evaluationFormatVersion,
    veilrecVersion,
    subject: subject.label,
    dataset: { name: dataset.name, hash: dataset.hash },
    split,
    seed,
    items: numItems,
    usersWithoutTarget: dataset.numUsers - task.users.length,
    baselines: Object.fromEntries(
      names.map((name, i) => [name, { ...ofBaselines[i]!, comparison: comparisons[i]! }]),
    ),
    notes: evaluationNotes({
      split,
      masksHistory: task.masked !== undefined,
      isComplete: subject.recommended.lists === undefined,
      usersWithFewer: candidates && usersWithFewer(candidates),
    }),
  }
}

function checkRequest({ run, runFile, dataset, seed = 1 }: EvaluateRequest): void {
  const refuse = (message: string, hint = 'Name a run, or a run file together with its data set.'): never => {
    throw new VeilrecError('INVALID_ARGUMENT', message, {}, hint)
  }
  if (run === undefined && runFile === undefined) refuse('there is nothing to evaluate')
  if (run !== undefined && runFile !== undefined) refuse('a run and a run file cannot be evaluated at once')
  if (runFile !== undefined && dataset === undefined) refuse('a run file needs the data set that it is about')
  if (run !== undefined && dataset !== undefined)
    refuse('a run is evaluated on the data set it was trained on')
  if (!Number.isSafeInteger(seed)) {
    refuse(`seed must be a whole number, got ${seed}`, 'Give a whole number.')
  }
}

function usersWithFewer({ offsets }: Histories): number {
  return offsets.subarray(1).filter((end, user) => end - offsets[user]! < sampledNegatives).length
}
