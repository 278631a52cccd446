/**
 * Everybody's interactions as compressed sparse rows: the items of user `u` are
 * `items[offsets[u] .. offsets[u + 1])`, oldest first. Item indices are 1-based; 0 is padding.
 */
export interface Histories {
  /** `[numUsers + 1]` */
  readonly offsets: Int32Array
  /** `[numInteractions]`, values in `1..numItems` */
  readonly items: Int32Array
}

/** One categorical attribute of the users, such as gender. */
export interface UserAttribute {
  readonly name: string
  /** The values that occur, in a fixed order; a code is an index into it. */
  readonly classes: readonly string[]
  /** `[numUsers]`, class index, or -1 where the value is missing. */
  readonly codes: Int16Array
}

/** A property of the items with any number of values each, such as the genres of a film. */
export interface ItemProperty {
  readonly name: string
  /** The values that occur, in a fixed order; a code is an index into it. */
  readonly values: readonly string[]
  /** `[numItems + 2]`; the codes of item `i` are `codes[offsets[i] .. offsets[i + 1])`. Item 0, padding, has none. */
  readonly offsets: Int32Array
  readonly codes: Int32Array
}

/**
 * The split by time: what happened before `validationFrom` is for training, then comes validation, and from `testFrom`
 * on test. As histories are in order of time, two borders per user say it all.
 */
export interface GlobalTimeSplit {
  /** Seconds since 1970; `validationFrom <= testFrom`. */
  readonly validationFrom: number
  readonly testFrom: number
  /** `[numUsers]`, number of the user's interactions before `validationFrom`. */
  readonly trainLength: Int32Array
  /** `[numUsers]`, number of the user's interactions before `testFrom`. */
  readonly validationLength: Int32Array
}

/**
 * The four groups into which users are split once (evaluation.md rule 5). A defence sees labels of
 * `defence` users only; attackers learn on `attackTrain`, are tuned on `attackValidation` and
 * measured on `attackTest`.
 */
export const userGroups = ['defence', 'attackTrain', 'attackValidation', 'attackTest'] as const

/** One of {@link userGroups}. */
export type UserGroup = (typeof userGroups)[number]

/**
 * A data set in memory. Typed arrays may lie on a `SharedArrayBuffer`, so that workers share them.
 *
 * The leave-one-out split is implied by the order: a user's last item is the test target, the last
 * but one the validation target, the rest is for training.
 */
export interface Dataset {
  readonly name: string
  /** SHA-256 (hex) over the content and the splits; two data sets with equal hash give equal numbers. */
  readonly hash: string
  readonly numUsers: number
  /** Catalogue size; valid item indices are `1..numItems`. */
  readonly numItems: number
  readonly histories: Histories
  readonly attributes: readonly UserAttribute[]
  /** `[numUsers]`, index into {@link userGroups}. */
  readonly userGroup: Uint8Array
  readonly globalTime: GlobalTimeSplit
  /** `[numUsers]`, 1 where the last item shares its timestamp with the one before (its order is a guess). */
  readonly lastItemTied: Uint8Array
  /** Original user ids by user index. */
  readonly userIds: readonly string[]
  /** Original item ids by item index; entry 0 is the empty string (padding). */
  readonly itemIds: readonly string[]
  /** Titles by item index where the data has them; entry 0 is the empty string. */
  readonly itemTitles?: readonly string[]
  /** Properties of the items where the data has them. */
  readonly itemProperties?: readonly ItemProperty[]
}
