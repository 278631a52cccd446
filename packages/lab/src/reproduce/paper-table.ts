import type { AttackerKind, PaperAttackerConfig } from '@veilrec/core'
import type { SourceName, SourceOptions } from '@veilrec/data'

/** A figure of leakage; over several hidden attributes their mean. */
export const leakMetrics = ['auc', 'probabilityAuc', 'microF1'] as const

/** A figure of accuracy, a mean over users; all but the last among the target and 99 stored candidates. */
export const accuracyMetrics = ['ndcg@10', 'hit@10', 'rankingAuc', 'fullNdcg@10'] as const

/** One of {@link leakMetrics}: `auc` is what the papers print, from 0/1 predictions where there are two classes. */
export type LeakMetric = (typeof leakMetrics)[number]

/** One of {@link accuracyMetrics}. */
export type AccuracyMetric = (typeof accuracyMetrics)[number]

/** A column of a paper's table: a figure, or that of one attribute, such as `microF1:gender`. */
export type PaperMetric = LeakMetric | `${LeakMetric}:${string}` | AccuracyMetric

/** Which data, how it is filtered and split; equal recipes and files give equal data. */
export interface DataRecipe {
  /** Beginning of the name of its data set. */
  readonly name: string
  readonly source: SourceName
  readonly options: SourceOptions
  readonly seed: number
}

/** A recommender to be trained. */
export interface BaseRecipe {
  /** Name of a kind of recommender. */
  readonly model: string
  /** As `train` takes it. */
  readonly config: object
  /** Estimated time on two cores; its training stops by `maxMinutes` of the config. */
  readonly minutes: number
}

/** A veil to be made for all attributes of a table. */
export interface VeilRecipe {
  /** Name of a kind of veil. */
  readonly method: string
  /** As `veil` takes it. */
  readonly config: object
  /** Estimated time on two cores, without the base. */
  readonly minutes: number
}

/** Figures as a paper prints them, by the key of the requirement (names sorted and joined by commas). */
export type PublishedFigures = Readonly<
  Record<string, Readonly<Partial<Record<PaperMetric, number>>> | undefined>
>

/** One system of a paper's table. */
export interface PaperRow {
  /** Lower case, once per table, such as `afrl+sasrec`. */
  readonly id: string
  /** As the paper prints it. */
  readonly label: string
  /** Left out where the data cannot be had. */
  readonly system?: { readonly base: BaseRecipe; readonly veil: VeilRecipe | null }
  /** Why it is not run; left out where it is. */
  readonly notRun?: string
  /** Whose accuracy it is compared with and whose attacker must succeed: the row of its base without a veil. */
  readonly baseRow?: string
  /** The requirements it stands in; those of the table when left out. */
  readonly requirements?: readonly (readonly string[])[]
  /** Left out where the paper prints none. */
  readonly published?: PublishedFigures
  /**
   * Of a row without a veil: the figures that the attacker has to reach, less 0.03, before a leak counts; those published when
   * left out.
   */
  readonly attackerBar?: PublishedFigures
  /** What a figure draws it by, such as `lambda`. */
  readonly parameter?: { readonly name: string; readonly value: number }
  /** Whether the attacks are on AFRL's embedding of each attribute instead of the fair vector; such a row has no accuracy. */
  readonly attacks?: 'attributeEmbeddings'
}

/** What a claim says of the rows; every test is made for each of its requirements. */
export type ClaimTest = {
  /** The row that it is about. */
  readonly row: string
  /** Those of the row when left out. */
  readonly requirements?: readonly (readonly string[])[]
} & (
  | { readonly kind: 'atMost' | 'atLeast'; readonly metric: PaperMetric; readonly bar: number }
  | {
      /** The figure is at least `share` of the other row's. */
      readonly kind: 'keeps'
      readonly metric: AccuracyMetric
      readonly of: string
      readonly share: number
    }
  | {
      /** The figure is larger (smaller) than the other row's, by more than `margin`, which is 0 when left out. */
      readonly kind: 'above' | 'below'
      readonly metric: PaperMetric
      readonly than: string
      readonly margin?: number
    }
)

/** A headline of the paper: it holds where each of its tests does. */
export interface Claim {
  readonly id: string
  readonly text: string
  /** Where the paper, or whoever else, says so. */
  readonly source: string
  readonly tests: readonly ClaimTest[]
}

/** What is drawn of a table: a line per requirement, or per row, through points of two figures. */
export interface FigureRecipe {
  readonly caption: string
  /** A metric, or the rows' parameter. */
  readonly x: PaperMetric | 'parameter'
  readonly y: PaperMetric
  readonly lines: 'requirement' | 'row'
}

/** A table or figure of a paper as data: which systems, by which protocol, and what the paper says of them. */
export interface PaperTable {
  readonly paper: string
  /** Such as `table-2`. */
  readonly name: string
  readonly title: string
  /** Authors, title, place and year, and the number of the table. */
  readonly citation: string
  /** Of all rows that are run; left out where none is. */
  readonly data?: DataRecipe
  /** Sorted by name; what veils are made for. */
  readonly attributes: readonly string[]
  readonly requirements: readonly (readonly string[])[]
  /** The paper's own attacker, and how often it is trained. */
  readonly attacker: { readonly kind: AttackerKind<PaperAttackerConfig>; readonly seeds: number }
  /** In the order of the paper; those that it does not print stand beside them. */
  readonly metrics: readonly PaperMetric[]
  /** Rows without a veil first. */
  readonly rows: readonly PaperRow[]
  readonly claims: readonly Claim[]
  readonly figures?: readonly FigureRecipe[]
  /** Whether the systems are also measured by our own contract. */
  readonly underContract: boolean
  /** How the protocol departs from the paper's, a sentence each. */
  readonly departures: readonly string[]
}
