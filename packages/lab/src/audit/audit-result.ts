import type {
  AttackSuiteResult,
  GroupGapDifference,
  GroupMetric,
  InteractionReport,
  Interval,
  MeanEstimate,
  PairedDifference,
  PermutationNull,
  Requirement,
} from '@veilrec/core'

/** Format of `audit.json` and `audit-quick.json` that this version writes. */
export const auditFormatVersion = 2

/**
 * What an attacker sees of a user (evaluation.md rule 6): the vector that scores, the best 50 items with nothing masked,
 * and the best 50 that the user has not had, as served.
 */
export const auditedEvidence = ['vectors', 'unmaskedList', 'servedList'] as const

/** One of {@link auditedEvidence}. */
export type AuditedEvidence = (typeof auditedEvidence)[number]

/** An attack with the answer to "is that chance?". */
export interface JudgedAttack extends AttackSuiteResult {
  /** Whether the upper bound of the AUC is below the margin (evaluation.md rule 8); null without an AUC. */
  readonly atChance: boolean | null
}

/**
 * All attacks on one attribute under one requirement; a quick audit attacks the lists of the base alone, and none as
 * served: what it leaves out is null.
 */
export type AuditedAttribute = Readonly<Record<'vectors', JudgedAttack>> &
  Readonly<Record<Exclude<AuditedEvidence, 'vectors'>, JudgedAttack | null>> & {
    readonly attribute: string
    /** Whether the requirement hides the attribute. */
    readonly hidden: boolean
  }

/** NDCG@10 of full ranking on the test target, over some of the users. */
export interface AuditAccuracy {
  readonly users: number
  readonly 'ndcg@10': MeanEstimate
  /** Paired bootstrap against the base over the same users; null for the base itself. */
  readonly change: PairedDifference | null
}

/**
 * The attack that a requirement is judged by: the highest AUC on a hidden attribute over vectors and unmasked list; in a
 * quick audit over vectors alone.
 */
export interface WorstHidden {
  readonly attribute: string
  readonly evidence: Exclude<AuditedEvidence, 'servedList'>
  readonly auc: number
  readonly interval: Interval
  readonly atChance: boolean
}

/** NDCG@10 by the groups of one attribute (evaluation.md rule 10). */
export interface AuditedGroups extends GroupMetric {
  /** How much larger the gap is than the base's; null for the base itself. */
  readonly gapChange: GroupGapDifference | null
}

/** One row of the score card. */
export interface AuditRow {
  /** Sorted names of the hidden attributes; empty for the base recommender. */
  readonly requirement: Requirement
  /** Id of the veil; null for the base. */
  readonly veil: string | null
  readonly accuracy: {
    readonly all: AuditAccuracy
    /** Users whose last item does not share its timestamp with the one before (rule 1). */
    readonly untied: AuditAccuracy | null
    /** Users whose labels neither the defence nor an attacker in training saw (rule 4). */
    readonly attackTest: AuditAccuracy | null
  }
  /** In the order of the data set; behind a veil a quick audit has the hidden attributes only. */
  readonly attacks: readonly AuditedAttribute[]
  /** Null for the base, and where no hidden attribute could be measured. */
  readonly worstHidden: WorstHidden | null
  /** One per attribute, in the order of the data set. */
  readonly groups: readonly AuditedGroups[]
}

/** Attacks on what the data itself gives away, beside which every row is read (rules 6 and 9). */
export interface AuditControls {
  /**
   * The list of the most popular items that the user has not had: floor of every served list. By attribute; empty in a
   * quick audit, which attacks no served list.
   */
  readonly popularityFloor: readonly JudgedAttack[]
  /** The known items of the test query themselves. By attribute; in a quick audit the one with the fewest classes only. */
  readonly itemHistogram: readonly JudgedAttack[]
}

/**
 * The worst cell beside what the worst of as many cells is by accident (rule 8). Cells are the hidden attributes over
 * vectors and unmasked lists, or all attributes of the base where the run has no veil.
 */
export interface AuditNull {
  readonly cells: number
  /** 200 shuffles as outputs of one logistic regression. */
  readonly oneRegression: PermutationNull
  /** 20 shuffles of the chosen attackers of the worst requirement. */
  readonly chosenAttacker: Pick<PermutationNull, 'shuffles' | 'maxima' | 'reported'> & {
    readonly requirement: Requirement
  }
}

/** One control of an audit: whether the measurement itself can be trusted. */
export interface AuditCheck {
  readonly name:
    | 'shuffled-labels'
    | 'planted-signal'
    | 'base-vectors'
    | 'item-histogram'
    | 'user-split'
    | 'classes'
    | 'catalogue'
    | 'ties'
  /** Null where it could not be made. */
  readonly passed: boolean | null
  readonly detail: string
}

/** Contents of `audit.json` and `audit-quick.json`: what an attacker can still tell, and what the veil cost. */
export interface AuditResult {
  readonly formatVersion: typeof auditFormatVersion
  readonly run: string
  readonly model: string
  readonly configHash: string
  readonly dataset: { readonly name: string; readonly hash: string }
  /** The veils audited, by id, with the method of each and SHA-256 of its tensors, which audits of earlier versions lack. */
  readonly veils: readonly { readonly id: string; readonly method: string; readonly sha256?: string }[]
  readonly isQuick: boolean
  /** Seed of the audit; the training seed stands beside it. */
  readonly seed: number
  readonly trainingSeed: number
  /** Trainings of every random attacker. */
  readonly attackSeeds: number
  /** Names of the attackers on vectors and on lists. */
  readonly attackers: { readonly vectors: readonly string[]; readonly lists: readonly string[] }
  /** Items per list. */
  readonly listLength: number
  /** An upper bound of the AUC below this counts as chance. */
  readonly chanceMargin: number
  /** The base first, then each veil's requirements, the smaller first. */
  readonly rows: readonly AuditRow[]
  readonly controls: AuditControls
  /**
   * Interaction fairness of the served lists, top 10, of every row beside its controls (rule 11); by attribute. The
   * systems are named as the rows are: `(none)`, or the hidden attributes, with the id of the veil before them where two veils
   * hide the same. Empty in a quick audit.
   */
  readonly interaction: readonly InteractionReport[]
  /** Null in a quick audit. */
  readonly permutationNull: AuditNull | null
  readonly validity: readonly AuditCheck[]
  /** What nobody attacked, so that silence is not taken for safety. */
  readonly notAttacked: readonly string[]
  /** Why these numbers may mislead (rule 14). */
  readonly threatsToValidity: readonly string[]
  /** The attacks and permutation nulls behind this result, and how many of them an earlier audit had stored. */
  readonly cells: { readonly total: number; readonly reused: number }
  /** By the clock; `attacks` counts encoding, ranking and accuracy, which go on beside. Reused cells take no time. */
  readonly seconds: { readonly attacks: number; readonly permutationNull: number; readonly total: number }
  readonly versions: Readonly<Record<string, string>>
  readonly cpu: { readonly model: string; readonly cores: number }
}
