import type { Interval, Requirement } from '@veilrec/core'

import type { Figure } from './figures-of-cells.js'
import type { ContractRow, MadeOn } from './measured-cell.js'
import type { DataRecipe, PaperMetric } from './paper-table.js'
import type { CellTraining } from './training-of-cell.js'
import type { AttackerStrength, Verdict } from './verdict.js'

/** Format of a reproduction's JSON file. */
export const reproductionFormatVersion = 3

/** How a cell stands. */
export type CellState =
  | { readonly kind: 'measured' }
  | { readonly kind: 'not run'; readonly why: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** One cell of the run, and how long what it rests on took when it was made. */
export interface CellReport {
  readonly id: string
  readonly state: CellState
  readonly training: CellTraining
  /** Of attacks and rankings, without the trainings; null where that was not recorded. */
  readonly seconds: number | null
}

/** A system with everything that is set in it, defaults as well. */
export interface ReproducedSystem {
  readonly row: string
  readonly base: { readonly model: string; readonly config: object }
  readonly veil: { readonly method: string; readonly config: object } | null
}

/** One figure of a row beside the paper's. */
export interface ReproducedFigure {
  readonly metric: PaperMetric
  /** Null where the paper prints none. */
  readonly paper: number | null
  /** Null where it was not measured. */
  readonly ours: Figure | null
  /** Ours minus the paper's, whose figure is taken as exact; null without either. */
  readonly difference: { readonly value: number; readonly interval: Interval } | null
}

/** A row of the paper's table under one requirement. */
export interface ReproducedRow {
  readonly row: string
  readonly label: string
  readonly requirement: Requirement
  readonly figures: readonly ReproducedFigure[]
  /** Whether its leakage counts; null where nothing was measured. */
  readonly attacker: AttackerStrength | null
  /** Shares of the largest class among the test users, by attribute: the line that micro-F1 is read against. */
  readonly majority: Readonly<Record<string, number>>
  /** Why it has no figures. */
  readonly notRun?: string
}

/** A headline of the paper and what became of it. */
export interface JudgedClaim {
  readonly id: string
  readonly text: string
  readonly source: string
  readonly verdict: Verdict
  /** One entry for every test and requirement. */
  readonly tests: readonly {
    /** The row that it is about. */
    readonly row: string
    readonly what: string
    readonly requirement: Requirement
    readonly verdict: Verdict
    /** What was compared with the bar, or with 0. */
    readonly value: number | null
    readonly interval: Interval | null
    /** Of a difference that is paired over users, in standard deviations of it. */
    readonly effectSize: number | null
    /**
     * p-value of the opposite of the test, corrected by Holm over the tests of the claim: below 0.05 where the test does not hold,
     * but for what an attacker that is too weak cannot say. Null where nothing was measured.
     */
    readonly refutation: number | null
  }[]
}

/** A row under our own contract; one entry per seed. */
export interface ContractReport {
  readonly row: string
  readonly label: string
  readonly seed: number
  readonly rows: readonly ContractRow[]
  readonly failedChecks: readonly string[]
}

/** What a figure of the paper draws. */
export interface ReproducedFigureData {
  readonly caption: string
  /**
   * What a line is: a requirement over the values of a parameter (`sweep`), all systems under one requirement (`requirements`), or one
   * system under all requirements (`systems`).
   */
  readonly kind: 'sweep' | 'requirements' | 'systems'
  readonly x: string
  readonly y: string
  readonly lines: readonly {
    readonly name: string
    readonly points: readonly {
      readonly label: string
      readonly x: number
      readonly y: number
      readonly xInterval: Interval | null
      readonly yInterval: Interval
    }[]
  }[]
}

/** A reproduced table: what `reproduce` prints and writes. */
export interface ReproductionResult {
  readonly formatVersion: typeof reproductionFormatVersion
  readonly paper: string
  readonly table: string
  readonly title: string
  readonly citation: string
  /** What makes all of it; `--from` names the published files the first time. */
  readonly command: string
  /** Of the code that judged and wrote this; what measured is in {@link madeOn}. Null where there are no sources to hash. */
  readonly sourceHash: string | null
  /** Null where nothing is run. */
  readonly dataset: {
    readonly name: string
    readonly hash: string
    readonly recipe: DataRecipe
  } | null
  /** Of the rows that are run. */
  readonly systems: readonly ReproducedSystem[]
  /** Seeds 1 to this of base and veil; below 5 the figures are no headline (evaluation.md rule 12). */
  readonly seeds: number
  readonly attacker: { readonly name: string; readonly seeds: number; readonly configuration: unknown }
  readonly metrics: readonly PaperMetric[]
  /** Everything by the paper's protocol; never to be mixed with {@link contract}. */
  readonly rows: readonly ReproducedRow[]
  readonly claims: readonly JudgedClaim[]
  readonly figures: readonly ReproducedFigureData[]
  /** The same systems by evaluation.md. */
  readonly contract: readonly ContractReport[]
  readonly cells: readonly CellReport[]
  readonly departures: readonly string[]
  /** Why these numbers may mislead (rule 14). */
  readonly threatsToValidity: readonly string[]
  /** With what the cells were made; several where that was not always the same. */
  readonly madeOn: readonly MadeOn[]
}
