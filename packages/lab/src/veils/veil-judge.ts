import {
  leaveOneOutTargets,
  ndcgAtK,
  probeAuc,
  rankByScores,
  requirementKey,
  Rng,
  type DefenceLabels,
  type Histories,
  type Requirement,
  type Veil,
} from '@veilrec/core'

import type { LoadedRun } from '../load-run.js'
import type { Judgement } from './training-record.js'

/** Users whose accuracy is looked at. */
const rankedUsers = 1000

/** What {@link veilJudge} looks at. */
export interface VeilJudgeInput {
  /** What scores the vectors, with its present parameters. */
  readonly run: Pick<LoadedRun, 'dataset' | 'dimension' | 'scores'>
  /** With its present parameters whenever it is asked. */
  readonly veil: Veil
  readonly labels: DefenceLabels
  /** The requirements to try; see {@link judgedRequirements}. */
  readonly requirements: readonly Requirement[]
  readonly rng: Rng
}

/** What a veil is judged by: each attribute hidden alone, and all of them together. */
export function judgedRequirements(attributes: readonly string[]): string[][] {
  const alone = attributes.map((name) => [name])
  return attributes.length > 1 ? [...alone, [...attributes]] : alone
}

/**
 * Judges a veil by accuracy and leakage on what the defence may look at, the same users and probes every time:
 *
 * - NDCG@10 of the validation items of a sample of users, by full ranking;
 * - for every attribute that a requirement hides the AUC of {@link probeAuc} on the vectors of the holdout users, whose labels
 *   trained nothing.
 *
 * Its vectors are those of the validation query. A lower bound on what an audit finds: it is there to compare epochs.
 */
export function veilJudge({
  run,
  veil,
  labels,
  requirements,
  rng,
}: VeilJudgeInput): () => Promise<Judgement> {
  const { dataset, dimension } = run
  const { known, targets } = leaveOneOutTargets(dataset.histories, 'validation')
  const everybody = Int32Array.from({ length: dataset.numUsers }, (_, user) => user)
  const ranked = rng.split('ranked users').shuffle(everybody).slice(0, rankedUsers)
  const users = Int32Array.of(...ranked, ...labels.holdoutUsers)
  const masked = historiesOf(known, ranked)
  const rankedTargets = ranked.map((user) => targets[user]!)
  const stream = rng.split('probes').state()
  return async () => {
    const judged: Judgement['requirements'] = []
    for (const requirement of requirements) {
      const vectors = await veil.encode(
        known,
        Array.from(users, () => requirement),
        users,
      )
      const scores = run.scores(vectors.subarray(0, ranked.length * dimension))
      const { ranks } = rankByScores(scores, rankedTargets, masked)
      const held = vectors.subarray(ranked.length * dimension)
      const aucs: Record<string, number> = {}
      for (const { name, holdout, numClasses } of labels.attributes) {
        if (!requirement.includes(name)) continue
        const auc = probeAuc({
          vectors: held,
          dimension,
          labels: labels.holdoutUsers.map((user) => holdout[user]!),
          numClasses,
          rng: Rng.fromState(stream).split(`${requirementKey(requirement)} ${name}`),
        })
        if (auc !== null) aucs[name] = auc
      }
      judged.push({ requirement: [...requirement], ndcg: mean(ndcgAtK(ranks, 10)), aucs })
    }
    const found = judged.flatMap(({ aucs }) => Object.values(aucs))
    return {
      ndcg: mean(judged.map(({ ndcg }) => ndcg)),
      // Where no attribute can be probed, epochs are told apart by their accuracy alone.
      worstAuc: found.length === 0 ? 0.5 : Math.max(...found),
      requirements: judged,
    }
  }
}

function historiesOf({ offsets, items }: Histories, users: Int32Array): Histories {
  const ends = new Int32Array(users.length + 1)
  users.forEach((user, row) => (ends[row + 1] = ends[row]! + offsets[user + 1]! - offsets[user]!))
  const chosen = new Int32Array(ends[users.length]!)
  users.forEach((user, row) => chosen.set(items.subarray(offsets[user], offsets[user + 1]), ends[row]))
  return { offsets: ends, items: chosen }
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
