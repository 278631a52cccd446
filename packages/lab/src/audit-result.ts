import type { AttributeAttack, MeanEstimate, PairedDifference } from '@veilrec/core'

/** Format of `audit.json` that this version writes. */
export const auditFormatVersion = 1

/** NDCG@10 of full ranking on the test target, over some of the users; null where there is no such user. */
export interface AuditAccuracy {
  readonly users: number
  readonly 'ndcg@10': MeanEstimate
  /** Paired bootstrap against the base over the same users; null for the base itself. */
  readonly change: PairedDifference | null
}

/** One attack on one attribute under one requirement. */
export interface AuditedAttribute extends AttributeAttack {
  /** Whether the requirement hides the attribute. */
  readonly hidden: boolean
  /** Whether the upper bound of the AUC is below the margin (evaluation.md rule 8); null without an AUC. */
  readonly atChance: boolean | null
}

/** One row of the score card. */
export interface AuditRow {
  /** Sorted names of the hidden attributes; empty for the base recommender. */
  readonly requirement: readonly string[]
  /** Id of the veil; null for the base. */
  readonly veil: string | null
  readonly accuracy: {
    readonly all: AuditAccuracy
    /** Users whose last item does not share its timestamp with the one before (rule 1). */
    readonly untied: AuditAccuracy | null
    /** Users whose labels neither the defence nor an attacker in training saw (rule 4). */
    readonly attackTest: AuditAccuracy | null
  }
  /** In the order of the data set. */
  readonly attacks: readonly AuditedAttribute[]
}

/** The same attack on the bare item histogram (rule 9): what the data itself tells. */
export interface HistoryControl {
  readonly attribute: string
  /** Null when it was not run. */
  readonly attack: AttributeAttack | null
  /** Why it was not run. */
  readonly reason?: string
}

/** Contents of `audit.json`: what an attacker can still tell, and what the veil cost. */
export interface AuditResult {
  readonly formatVersion: typeof auditFormatVersion
  readonly run: string
  readonly model: string
  readonly configHash: string
  readonly dataset: { readonly name: string; readonly hash: string }
  /** Seed of bootstrap and controls; the training seed stands beside it. */
  readonly seed: number
  readonly trainingSeed: number
  readonly versions: Readonly<Record<string, string>>
  readonly cpu: { readonly model: string; readonly cores: number }
  /** An upper bound of the AUC below this counts as chance. */
  readonly chanceMargin: number
  /** The base first, then each veil by id. */
  readonly rows: readonly AuditRow[]
  readonly historyControls: readonly HistoryControl[]
  /** What nobody attacked, so that silence is not taken for safety. */
  readonly notAttacked: readonly string[]
  /** Why these numbers may mislead (rule 14). */
  readonly threatsToValidity: readonly string[]
}
