import type { Requirement, PaperAttackResult } from '@veilrec/core'

import type { AuditResult } from '../audit/audit-result.js'
import { sourceHash } from '../source-hash.js'
import { cpuDescription, engineVersions, veilrecVersion } from '../version.js'

/** What one requirement came to under a paper's protocol; the empty one is the base. */
export interface MeasuredRequirement {
  readonly requirement: Requirement
  /** `[numUsers]`, rank of the test target among itself and 99 stored candidates; empty where items are not scored. */
  readonly ranks: readonly number[]
  /** `[numUsers]`, how many items compete for that rank, the target among them; empty as well. */
  readonly candidates: readonly number[]
  /** `[numUsers]`, rank in the whole catalogue, the history masked; empty where items are not scored. */
  readonly fullRanks: readonly number[]
  /** Of the hidden attributes; of all for the base. An attribute that cannot be attacked is left out. */
  readonly attacks: readonly PaperAttackResult[]
}

/** What a row came to by our own contract (evaluation.md), of which `audit` has the rest. */
export interface ContractRow {
  readonly requirement: Requirement
  readonly ndcg: {
    readonly value: number
    readonly interval: { readonly lower: number; readonly upper: number }
  }
  /** Change against the base, paired; null for the base. */
  readonly change: {
    readonly value: number
    readonly interval: { readonly lower: number; readonly upper: number }
  } | null
  /** The attack that the requirement is judged by; for the base the highest on any attribute. */
  readonly worst: {
    readonly attribute: string
    readonly evidence: string
    readonly auc: number
    readonly interval: { readonly lower: number; readonly upper: number }
  } | null
}

/** What stands on a machine's card beside its figures; no name of it. */
export interface MadeOn {
  readonly versions: Readonly<Record<string, string>>
  readonly cpu: { readonly model: string; readonly cores: number }
  /** See {@link sourceHash}; left out of figures that are older than it. */
  readonly sourceHash?: string | null
}

/** This machine, and what runs on it. */
export function madeHere(): Required<MadeOn> {
  return {
    versions: { veilrec: veilrecVersion, ...engineVersions() },
    cpu: cpuDescription(),
    sourceHash: sourceHash(),
  }
}

/** What is stored beside figures. */
export interface Measured extends MadeOn {
  /**
   * Time that attacks and rankings took, without the trainings; an audit that was interrupted counts from where it went on. Left out of
   * figures that are older than it.
   */
  readonly seconds?: number
}

/** Figures of one cell, as they are stored. */
export type MeasuredCell = Measured &
  (
    | { readonly protocol: 'paper'; readonly requirements: readonly MeasuredRequirement[] }
    | {
        readonly protocol: 'contract'
        readonly rows: readonly ContractRow[]
        /** Checks of the audit that failed. */
        readonly failedChecks: readonly string[]
      }
  )

/** The rows of an audit that stand beside a paper's table. */
export function contractRows({ rows }: Pick<AuditResult, 'rows'>): ContractRow[] {
  return rows.map(({ requirement, veil, accuracy, attacks, worstHidden }) => {
    const { 'ndcg@10': ndcg, change } = accuracy.all
    const all = attacks.flatMap((attribute) =>
      (['vectors', 'unmaskedList'] as const).flatMap((evidence) => {
        const { auc, interval } = attribute[evidence] ?? { auc: null, interval: null }
        return auc === null || interval === null
          ? []
          : [{ attribute: attribute.attribute, evidence, auc, interval }]
      }),
    )
    const [first] = all
    const highest = first === undefined ? null : all.reduce((a, b) => (b.auc > a.auc ? b : a), first)
    const worst = veil === null ? highest : worstHidden
    return {
      requirement,
      ndcg: { value: ndcg.value, interval: ndcg.interval },
      change: change && { value: change.value, interval: change.interval },
      worst: worst && {
        attribute: worst.attribute,
        evidence: worst.evidence,
        auc: worst.auc,
        interval: worst.interval,
      },
    }
  })
}
