import type { AttackSuiteResult, UserGroup } from '@veilrec/core'

import type { LeftOut } from './match-users.js'

/** Format of the result that this version gives. */
export const vectorAuditFormatVersion = 1

/**
 * What an audit says of an attribute. `can-be-told`: the whole interval of the AUC is above 0.5, and its upper bound is not
 * below the margin. `at-chance`: the upper bound is below the margin. `undecided`: too few users to say either.
 * `not-measured`: there is no figure, and `reason` says why.
 */
export type LeakVerdict = 'can-be-told' | 'at-chance' | 'undecided' | 'not-measured'

/** The attack on one attribute. */
export interface VectorAttack extends AttackSuiteResult {
  readonly verdict: LeakVerdict
  /** Whether the upper bound of the AUC is below the margin (evaluation.md rule 8); null without an AUC. */
  readonly atChance: boolean | null
  /** Users with a known value, by class and by group. */
  readonly classes: readonly { readonly name: string; readonly users: number; readonly testUsers: number }[]
  readonly groups: Readonly<Record<UserGroup, number>>
  /** Users without a value; they are left out. */
  readonly missing: number
}

/** One control of an audit: whether the measurement itself can be trusted. */
export interface ValidityCheck {
  readonly name: 'shuffled-labels' | 'planted-signal' | 'user-split' | 'classes' | 'vectors' | 'data-controls'
  /** Null where it could not be made. */
  readonly passed: boolean | null
  readonly detail: string
}

/** What an audit of user vectors found. */
export interface VectorAuditResult {
  readonly formatVersion: typeof vectorAuditFormatVersion
  readonly vectors: {
    /** Name without folders. */
    readonly file: string
    readonly dimension: number
    readonly constantColumns: number
  }
  readonly users: {
    readonly file: string
    /** Whom the audit is about: all that match, or 20,000 drawn from them. */
    readonly audited: number
    /** With a vector and a line in the users file. */
    readonly matched: number
    readonly unlisted: LeftOut
    readonly withoutVector: LeftOut
  }
  /** The users whose labels the producer's defence used; null where nobody said. */
  readonly defenceUsers: { readonly file: string; readonly audited: number; readonly unknown: LeftOut } | null
  readonly groups: Readonly<Record<UserGroup, number>>
  /** By name, in the order asked for. */
  readonly attributes: Readonly<Record<string, VectorAttack>>
  /** An upper bound of the AUC below this counts as chance. */
  readonly chanceMargin: number
  readonly isQuick: boolean
  readonly seed: number
  /** Names of the attackers. */
  readonly attackers: readonly string[]
  readonly validity: readonly ValidityCheck[]
  /** What to know of these files. */
  readonly notes: readonly string[]
  /** What nobody attacked, so that silence is not taken for safety. */
  readonly notAttacked: readonly string[]
  /** Why these numbers may mislead (evaluation.md rule 14). */
  readonly threatsToValidity: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly cpu: { readonly model: string; readonly cores: number }
}
