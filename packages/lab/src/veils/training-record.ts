import { z } from 'zod'

const share = z.number().min(0).max(1)

/** See {@link Judgement}. */
export const judgementSchema = z.strictObject({
  /** NDCG@10 of full ranking on validation items, the mean over the requirements. */
  ndcg: share,
  /** The largest AUC of any requirement and attribute hidden by it. */
  worstAuc: share,
  requirements: z.array(
    z.strictObject({ requirement: z.array(z.string()), ndcg: share, aucs: z.record(z.string(), share) }),
  ),
})

/**
 * How a veil looks to the defence, on what it may look at: accuracy on validation items, and for every requirement that
 * was tried how well probes tell the hidden attributes of defence users who trained nothing, by attribute.
 */
export type Judgement = z.output<typeof judgementSchema>

/** The training of one thing, as a veil's manifest tells it. */
export const trainingRecordSchema = z.strictObject({
  /** What was trained, such as the method, or the key of a requirement. */
  name: z.string(),
  /** Epochs that were trained. */
  epochs: z.int().min(1),
  /** The one whose parameters were kept, from 1. */
  bestEpoch: z.int().min(1),
  /** By epoch. */
  judgements: z.array(judgementSchema),
  /** Time it took, interruptions left out. */
  seconds: z.number().min(0),
})

/** See {@link trainingRecordSchema}. */
export type TrainingRecord = z.output<typeof trainingRecordSchema>

/** How the training of a game ended. */
export type GameOutcome = Omit<TrainingRecord, 'name'>
