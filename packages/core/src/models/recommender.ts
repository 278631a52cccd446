import type { z } from 'zod'

import type { Histories } from '../dataset.js'
import type { HostArray } from '../graph/host-tensor.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import type { Rng } from '../random.js'
import type { Promptable } from './promptable.js'
import type { Scorer } from './scorer.js'

/** What a recommender must know of a data set to have its shapes. */
export interface CatalogueSize {
  readonly numUsers: number
  /** Item indices are `1..numItems`; 0 is padding. */
  readonly numItems: number
}

/** Rows of a batch and the length that their sequences are padded to; one compiled step serves one shape. */
export interface BatchShape {
  readonly batch: number
  readonly time: number
}

/** One training batch as planned: enough to prepare its inputs when its turn comes. */
export interface PlannedBatch extends BatchShape {
  /** User of each row, at most `batch`; rows beyond are padding. */
  readonly users: Int32Array
  /**
   * Place of each row's target in its user's history (0 is the oldest item). Left out where a row is the user's whole
   * history.
   */
  readonly positions?: Int32Array
}

/** Host arrays by the name of the input that they feed. */
export type BatchInputs = Readonly<Record<string, HostArray>>

/**
 * What user vectors pass between an objective that makes them and the scores that it makes of them, such as the filters of a
 * veil that is trained along.
 *
 * @param vectors `[..., dimension]`, static; as many for each user of the batch, those of a user together, users in their order.
 * @param counts float32 `[...]`, 1 where there is an item to be predicted and 0 where a vector has no part in the loss.
 * @returns vectors of the same shape.
 */
export type Passage = (vectors: Tensor, counts: Tensor) => Tensor

/**
 * A recommender that scores items for a user vector and is trained by batches.
 *
 * The host side (`planEpoch`, `trainingInputs`) decides what a training step is fed; the graph side (`objective`)
 * declares inputs of the same names. A query is the same for every recommender (see {@link Recommender.userVectors}),
 * so that one encoder and one export serve all. All randomness comes from the streams handed in; a step that is
 * prepared again from the same stream is the same step.
 */
export interface Recommender {
  /** Width of user vectors. */
  readonly dimension: number
  /** Newest interactions a query reads; 0 for a model that knows users by their index and not by history (PMF). */
  readonly historyLength: number

  /** Every batch of one epoch, in order. */
  planEpoch(histories: Histories, batchTokens: number, rng: Rng): PlannedBatch[]
  /** Inputs of {@link objective} for one batch; negatives and masks are drawn from `rng`. */
  trainingInputs(histories: Histories, plan: PlannedBatch, rng: Rng): BatchInputs
  /**
   * Traces the training loss, a scalar: the mean over what is predicted in the batch. Every parameter of the model is
   * met when it is traced at `{ batch: 1, time: max(1, historyLength) }`.
   *
   * @param passage called once, with the vectors that {@link Recommender.userVectors} would give at the moments that are predicted.
   */
  objective(scope: Scope, shape: BatchShape, passage?: Passage): { readonly loss: Tensor }

  /**
   * Traces user vectors `[batch, dimension]` of a query, which is an int32 input of the trace:
   *
   * - `historyLength > 0`: item indices `[batch, time]`, the user's newest `time <= historyLength` items, oldest first,
   *   padded with 0 on the right. How much padding follows must not matter; a row of nothing but padding gives the zero
   *   vector where the model has no answer to it. Whatever else is needed (the place of the newest item, a mask token)
   *   is made inside the graph.
   * - `historyLength = 0`: `1 + user index` `[batch]`, 0 in rows that are padding, so that row 0 of a user table is
   *   padding as it is in an item table.
   *
   * `batch` is symbolic when a model is exported, `time` never is. Look tables up with the query itself: the ids of a
   * lazy table must be an input.
   */
  userVectors(scope: Scope, query: Tensor): Tensor
  /** How items are scored for user vectors, whatever they were made by. */
  readonly scorer: Scorer
  /** How prompts and adapters are put into it; left out where they cannot. */
  readonly promptable?: Promptable
}

/** Named settings of a kind of recommender, each part like the section of a configuration of the same name. */
export interface RecommenderPreset {
  readonly model?: object
  readonly training?: object
}

/** A kind of recommender: its name, its settings and how one is made of them. */
export interface RecommenderKind<Config = unknown> {
  /** As typed by the user, such as `sasrec`. */
  readonly name: string
  /** One line for `veilrec models`. */
  readonly summary: string
  /** Settings with defaults and descriptions, a strict object. */
  readonly schema: z.ZodType<Config>
  /** Training settings in which this kind departs from the general defaults, such as its batch size. */
  readonly training?: object
  /** Settings that replace defaults by name: `fast`, and `paper` where a paper's table needs it. */
  readonly presets: Readonly<Record<string, RecommenderPreset>>
  /** @param config checked by `schema`, defaults filled in. */
  create(config: Config, size: CatalogueSize): Recommender
}
