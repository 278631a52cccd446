import type { TrainingConfig } from './training-config.js'

/** Where a training stands. */
export interface TrainingPosition {
  readonly training: Pick<TrainingConfig, 'epochs' | 'maxMinutes' | 'patience' | 'evaluateEvery'>
  readonly stepsPerEpoch: number
  /** The epoch under way, from 1. */
  readonly epoch: number
  /** Steps of it that are done. */
  readonly position: number
  /** Evaluations since the best one. */
  readonly withoutBetter: number
  /** Measured, evaluations and checkpoints included. */
  readonly secondsPerStep: number
  /** Since the training began. */
  readonly secondsDone: number
}

/**
 * The seconds that a training still takes at its present pace: at the least if no evaluation is better than the best so
 * far, at the most until the last epoch or until its minutes are over.
 *
 * @returns both at least 0, the first not more than the second.
 */
export function secondsLeft(at: TrainingPosition): readonly [atLeast: number, atMost: number] {
  const { epochs, maxMinutes, patience, evaluateEvery } = at.training
  const toTheEndOf = (epoch: number): number =>
    at.secondsPerStep * ((epoch - at.epoch + 1) * at.stepsPerEpoch - at.position)
  const whenTimeIsOver = Math.max(toTheEndOf(at.epoch), maxMinutes * 60 - at.secondsDone)
  const atMost = Math.min(toTheEndOf(epochs), whenTimeIsOver)
  const nextEvaluation = Math.ceil(at.epoch / evaluateEvery) * evaluateEvery
  const given = nextEvaluation + (patience - at.withoutBetter - 1) * evaluateEvery
  return [Math.max(0, Math.min(atMost, toTheEndOf(given))), Math.max(0, atMost)]
}
