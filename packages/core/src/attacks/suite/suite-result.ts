import type { UserAttribute, UserGroup } from '../../dataset.js'
import type { ProgressSink } from '../../progress.js'
import type { Rng } from '../../random.js'
import type { Interval } from '../../statistics/interval.js'
import type { AttackContext, AttackerKind, Evidence } from '../attacker.js'

/** The users an attacker was trained on. */
export type AttackSource = Extract<UserGroup, 'defence' | 'attackTrain'>

/**
 * `measured`: the figures stand. `majority-only`: they stand, and all test users were predicted to be of one class
 * (what perfect erasure looks like; also common where one class is large). `dead`: the attacker did not find a planted
 * signal, so its AUC means nothing and is null. `undefined`: there was nothing to attack.
 */
export type AttackState = 'measured' | 'majority-only' | 'dead' | 'undefined'

/** Input of {@link attackSuite}. */
export interface AttackSuiteInput {
  /** What the attackers see of every user. */
  readonly evidence: Evidence
  readonly attribute: UserAttribute
  /** `[numUsers]`, index into `userGroups`; one of the two training groups may be empty. */
  readonly userGroup: Uint8Array
  /** The attackers; those for other evidence are passed over. */
  readonly kinds: readonly AttackerKind[]
  /** Trainings of a random kind, 1 or more, default 5 (evaluation.md rule 7). */
  readonly seeds?: number
  /** Not advanced; equal streams give equal results. */
  readonly rng: Rng
  readonly context: AttackContext
  readonly options?: AttackSuiteOptions
}

/** What rarely needs changing in {@link attackSuite}. */
export interface AttackSuiteOptions {
  /** Shufflings of the control with shuffled labels, default 4. */
  readonly shuffles?: number
  /** Bootstrap resamples of the reported attacker, default 1,000; the others get a fifth. */
  readonly resamples?: number
  /** Told before every kind, training group and control. */
  readonly onProgress?: ProgressSink
}

/** One kind of attacker, trained on one group of users. */
export interface SuiteFigures {
  /** Mean over the seeds of the test AUC, macro one-vs-rest, in `[0, 1]`, never folded. */
  readonly auc: number
  /** 95 %, bootstrap stratified by class over test users and seeds together. */
  readonly interval: Interval
  /** Mean over the seeds; what kinds and configurations are chosen by. */
  readonly validationAuc: number
  /** The configuration with the best validation AUC of the first seed. */
  readonly config: unknown
  /** Trainings behind the means; 1 for a deterministic kind. */
  readonly seeds: number
  /** Standard deviation over the seeds of the test AUC; null for one seed. */
  readonly seedDeviation: number | null
  /** Standard deviation of the test AUC by the choice of test users, with the seeds' share taken out. */
  readonly userDeviation: number
}

/** One kind of attacker: the worse of its two trainings, and both. */
export interface SuiteAttacker extends SuiteFigures {
  readonly trainedOn: AttackSource
  /**
   * Test AUC on a planted signal of AUC 0.75; below 0.70 the kind is dead. Null where it was not checked, which is
   * only done for what is reported, or where the test users lie on one side of the signal.
   */
  readonly plantedSignalAuc: number | null
  readonly byGroup: Readonly<Partial<Record<AttackSource, SuiteFigures>>>
}

/** What {@link attackSuite} found; all names are stable in JSON. AUCs lie in `[0, 1]`, 0.5 is chance. */
export interface AttackSuiteResult {
  readonly attribute: string
  readonly evidence: Evidence['kind']
  readonly state: AttackState
  /** Why `auc` is null. */
  readonly reason?: string
  /** Headline: the worst case over both training groups of the attacker that was best on validation. */
  readonly auc: number | null
  readonly interval: Interval | null
  /** Name of the reported kind. */
  readonly attacker: string | null
  /** Users the reported attacker was trained on. */
  readonly trainedOn: AttackSource | null
  /** The same AUC over classes with at least 10 test users. */
  readonly largeClassAuc: number | null
  /** Classes that could not be scored in the test group. */
  readonly skippedClasses: number
  /** Balanced accuracy of the most probable class, beside its chance line `1 / (classes in the test group)`. */
  readonly balancedAccuracy: number | null
  readonly balancedAccuracyChance: number | null
  /** Share of test users whose most probable class is right. */
  readonly microF1: number | null
  /** What micro-F1 is read against: share of the largest class among the test users. */
  readonly majority: number | null
  /** Control: mean test AUC of the reported attacker trained on shuffled labels; about 0.5. */
  readonly shuffledLabelAuc: number | null
  /** Control: of the attacker that vouches for the row, see {@link SuiteAttacker}. */
  readonly plantedSignalAuc: number | null
  /** Test users with a known value. */
  readonly testUsers: number
  /** `[numClasses]`, the same by class. */
  readonly testUsersByClass: readonly number[]
  /** Trainings of a random kind. */
  readonly seeds: number
  /** Every kind by name, in the order given. */
  readonly attackers: Readonly<Record<string, SuiteAttacker>>
}
