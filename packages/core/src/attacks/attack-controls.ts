import { macroRocAuc } from '../metrics/macro-roc-auc.js'
import { rocAuc } from '../metrics/roc-auc.js'
import type { Rng } from '../random.js'
import {
  fitLinearAttacker,
  predictLinearAttacker,
  type AttackData,
  type LinearAttacker,
} from './linear-attacker.js'
import { plantSignal } from './planted-signal.js'
import { standardize } from './standardize.js'

/** Input of both controls: the chosen attacker, and the users it was trained and is tested on. */
export interface ControlInput {
  readonly data: AttackData
  readonly attacker: LinearAttacker
  readonly trainRows: readonly number[]
  readonly testRows: readonly number[]
  readonly rng: Rng
}

const numShuffles = 10

/**
 * Test AUC of the attacker re-trained with the same settings on shuffled labels (evaluation.md rule 9).
 *
 * The mean over 10 shuffles of the training users' labels; about 0.5 unless the harness itself leaks.
 */
export function attackShuffledLabels({ data, attacker, trainRows, testRows, rng }: ControlInput): number {
  const labels = trainRows.map((row) => data.codes[row]!)
  const testLabels = testRows.map((row) => data.codes[row]!)
  let sum = 0
  for (let shuffle = 0; shuffle < numShuffles; shuffle++) {
    const refitted = fitLinearAttacker(data, trainRows, attacker.l2, rng.shuffle([...labels]))
    const probabilities = predictLinearAttacker(refitted, data.vectors, testRows)
    sum += macroRocAuc(probabilities, testLabels, data.numClasses).auc.value!
  }
  return sum / numShuffles
}

/**
 * Test AUC, on the planted bit, of the attacker re-trained with the same settings on vectors in which one random
 * direction carries a label signal of AUC 0.75 (evaluation.md rule 9).
 *
 * With more than two classes the score is the summed probability of the marked classes.
 *
 * @returns null when the test users lie all on one side of the planted bit.
 */
export function attackPlantedSignal(
  { data, attacker, trainRows, testRows, rng }: ControlInput,
  userGroup: Uint8Array,
): number | null {
  const { dimension, codes, numClasses } = data
  const everybody = Array.from(userGroup.keys())
  const features = standardize(data.vectors, everybody, attacker.standardizer)
  const planted = plantSignal({ features, dimension, codes, numClasses, userGroup, rng })
  const refitted = fitLinearAttacker({ ...data, vectors: planted.features }, trainRows, attacker.l2)
  const probabilities = predictLinearAttacker(refitted, planted.features, testRows)
  const scores = Float64Array.from(testRows, (_, i) => {
    let score = 0
    for (let c = 0; c < numClasses; c++) score += planted.marked[c]! * probabilities[i * numClasses + c]!
    return score
  })
  return rocAuc(
    scores,
    Uint8Array.from(testRows, (row) => planted.marked[codes[row]!]!),
  ).value
}
