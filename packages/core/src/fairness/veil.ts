import type { Histories } from '../dataset.js'

/** What a user asks for: the sorted names of the attributes to hide, each once; empty: nothing is hidden. */
export type Requirement = readonly string[]

/**
 * User vectors of a recommender without a veil, `[rows, dimension]` row-major. They may be handed out again, so that nobody
 * may change them.
 *
 * @param histories what is known of each row, oldest first.
 * @param users the rows that are wanted; all when left out.
 */
export type BaseEncoder = (histories: Histories, users?: Int32Array) => Promise<Float32Array>

/**
 * A veil on a recommender: user vectors that score items as the recommender's own do and no longer tell what each
 * row's requirement hides.
 *
 * Made from the labels of defence users only (evaluation.md rule 5), it holds no label and asks for none: a requirement
 * names attributes and never a value.
 */
export interface Veil {
  /** How it was made, such as `linear-erasure`. */
  readonly method: string
  /** Sorted names of the attributes it can hide. */
  readonly attributes: readonly string[]
  /** What it can be asked for besides the empty requirement, the smaller first. */
  readonly requirements: readonly Requirement[]
  /**
   * User vectors `[rows, dimension]`, row-major, each row under its own requirement.
   *
   * A row depends on its own history and requirement only, not on the rows beside it. The empty requirement gives the
   * recommender's own vector, bit for bit.
   *
   * @param requirements `[rows]`; names in any order, and one named twice counts once.
   * @param users the rows of `histories` that are wanted; all when left out.
   * @throws VeilrecError `VEIL_NOT_FOUND` when a requirement is not served: there is no fallback; `INVALID_ARGUMENT` when
   * their number is not that of the rows.
   */
  encode(
    histories: Histories,
    requirements: readonly Requirement[],
    users?: Int32Array,
  ): Promise<Float32Array>
}
