import type { Histories } from '../dataset.js'
import type { Runtime } from '../graph/runtime.js'
import type { Rng } from '../random.js'

/** What an attacker sees of every user. */
export type Evidence =
  | {
      readonly kind: 'vectors'
      /** `[numUsers, dimension]` row-major, finite. */
      readonly values: Float32Array | Float64Array
      readonly dimension: number
    }
  | {
      readonly kind: 'lists'
      /** The items of each user, 1-based, each at most once; an empty list is allowed. */
      readonly lists: Histories
      readonly numItems: number
    }

/** Users and what is to be told of them. */
export interface LabelledUsers {
  /** `[n]`, rows of the evidence. */
  readonly users: Int32Array
  /** `[n]`, class of each, in `0..numClasses - 1`. */
  readonly labels: Int32Array
}

/** What an attacker learns from and is tuned on; it never sees whom it is measured on. */
export interface AttackProblem {
  readonly evidence: Evidence
  readonly numClasses: number
  /** Statistics for standardising come from these users, too. */
  readonly training: LabelledUsers
  /** For early stopping; at least two classes. */
  readonly validation: LabelledUsers
}

/** One training of an attacker. */
export interface AttackerFit<Config = unknown> {
  readonly config: Config
  /** Of its own; equal streams give equal attackers. */
  readonly rng: Rng
  /** `[n]`, replaces the labels of the training users (a control shuffles them). */
  readonly labels?: Int32Array
  /** `[n]`, replaces the labels of the validation users together with `labels`. */
  readonly validationLabels?: Int32Array
}

/** A trained attacker. */
export interface FittedAttacker {
  /** `[users.length, numClasses]` row-major probabilities, each row adding up to 1. */
  predict(users: Int32Array): Promise<Float64Array>
}

/** What an attacker may use to compute. */
export interface AttackContext {
  readonly runtime: Runtime
  readonly threads?: number
  readonly signal?: AbortSignal
}

/** A kind of attacker (evaluation.md rule 7): trained from scratch on frozen evidence. */
export interface AttackerKind<Config = unknown> {
  /** As it is named in results, such as `logistic-regression`. */
  readonly name: string
  readonly evidence: Evidence['kind']
  /** Whether another stream gives another attacker; if not, one seed is enough. */
  readonly isRandom: boolean
  /** The tuning budget: at most 6 configurations, chosen on validation users. */
  readonly configurations: readonly Config[]
  /** Trains all of them, together where that is faster; as many attackers as fits, in the same order. */
  fit(
    problem: AttackProblem,
    fits: readonly AttackerFit<Config>[],
    context: AttackContext,
  ): Promise<readonly FittedAttacker[]>
}
