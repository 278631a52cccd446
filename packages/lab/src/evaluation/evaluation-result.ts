import type { Interval, PairedDifference } from '@veilrec/core'

import type { EvaluationSplit } from './evaluation-task.js'

/** Format of the result that this version gives. */
export const evaluationFormatVersion = 1

/** Lengths of the lists that are measured. */
export const cutoffs = [5, 10, 20] as const

/** One of {@link cutoffs}. */
export type Cutoff = (typeof cutoffs)[number]

/** Name of a metric as it stands in the result. */
export type MetricName = `${'ndcg' | 'hit' | 'recall' | 'precision' | 'coverage'}@${Cutoff}` | 'mrr' | 'auc'

/** One recommender's metrics over some users, flat; null where undefined, and `reasons` says why. */
export type Figures = Readonly<Record<MetricName, number | null>> & {
  /** Users that the means are over; each has a target. */
  readonly users: number
  /** 95 % bootstrap over users; none for coverage, which is no mean. */
  readonly intervals: Readonly<Partial<Record<MetricName, Interval>>>
  readonly reasons: Readonly<Partial<Record<MetricName, string>>>
}

/** One recommender over all users and over parts of them. */
export type SystemFigures = Figures & {
  /** Over users whose last item is not tied with the one before (evaluation.md rule 1); null under `global-time`. */
  readonly untied: Figures | null
  /** Over attack-test users (evaluation.md rule 4); null without any. */
  readonly attackTest: Figures | null
  /** Among 99 stored uniform candidates, for comparison with papers; null where `notes` say why. */
  readonly 'sampled(uniform,99)': Figures | null
}

/** A baseline beside the evaluated recommender. */
export type BaselineFigures = SystemFigures & {
  /**
   * NDCG@10 of the evaluated recommender minus the baseline's over the same users, with the p-value after Holm over all
   * baselines (evaluation.md rule 12).
   */
  readonly comparison: PairedDifference & { readonly metric: 'ndcg@10'; readonly adjustedPValue: number }
}

/** What is known of a file of lists besides its figures. */
export interface RunFileReport {
  /** Rows of the file. */
  readonly rows: number
  /** Users with a target of whom the file lists nothing; they count as 0. */
  readonly missingUsers: number
  /** Entries that were removed, because the user had had the item. */
  readonly seenRemoved: number
  /** Different ids that the data set does not have; their rows are left out. */
  readonly unknownUsers: number
  readonly unknownItems: number
  /** The first few ids of each kind. */
  readonly examples: Readonly<Record<'missingUsers' | 'unknownUsers' | 'unknownItems', readonly string[]>>
}

/** What {@link evaluate} found: the figures of the evaluated recommender, flat, and what they are to be read with. */
export type EvaluationResult = SystemFigures &
  Partial<RunFileReport> & {
    readonly formatVersion: typeof evaluationFormatVersion
    readonly veilrecVersion: string
    /** A run, or a file of lists by its name without folders. */
    readonly subject:
      | { readonly kind: 'run'; readonly name: string; readonly model: string }
      | { readonly kind: 'run-file'; readonly name: string }
    readonly dataset: { readonly name: string; readonly hash: string }
    readonly split: EvaluationSplit
    /** Seed of the bootstrap and of the random baseline. */
    readonly seed: number
    /** Size of the catalogue. */
    readonly items: number
    /** Users who have nothing in the test and are left out. */
    readonly usersWithoutTarget: number
    /** By name, in the order in which they are shown. */
    readonly baselines: Readonly<Record<string, BaselineFigures>>
    /** What to know before quoting a figure. */
    readonly notes: readonly string[]
  }
