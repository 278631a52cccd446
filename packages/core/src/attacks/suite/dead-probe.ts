import type { UserAttribute } from '../../dataset.js'
import { rocAuc } from '../../metrics/roc-auc.js'
import type { Rng } from '../../random.js'
import type { AttackerKind, AttackProblem, Evidence, LabelledUsers } from '../attacker.js'
import { plantMarkers } from './planted-markers.js'
import { plantSignal } from './planted-signal.js'
import { fitStandardizer, standardize } from '../linear/standardize.js'
import { retrain, type SuiteTask } from './suite-training.js'

/** A planted signal of AUC 0.75 has to be found with at least this (evaluation.md rule 9). */
const deadBelow = 0.7

/** Whether an attacker cannot be trusted to find a leak; also when that could not be measured. */
export function isDead(plantedSignalAuc: number | null): boolean {
  return plantedSignalAuc === null || plantedSignalAuc < deadBelow
}

/** The same task with a known leak in the evidence. */
export interface PlantedTask {
  readonly task: SuiteTask
  /** `[numClasses]`, 1 for the classes that the signal marks. */
  readonly marked: Uint8Array
}

/**
 * The same users and labels with a label signal of AUC 0.75 in the evidence: along one random direction of the
 * standardised vectors (`plantSignal`), or as marker items in the lists (`plantMarkers`).
 *
 * @param rng advanced.
 */
export function plantTask(
  task: SuiteTask,
  attribute: UserAttribute,
  userGroup: Uint8Array,
  rng: Rng,
): PlantedTask {
  const { problem } = task
  const { codes } = attribute
  const { numClasses } = problem
  const shared = { codes, numClasses, userGroup, rng }
  const { evidence, marked } = plantEvidence(problem, shared)
  return { task: { ...task, problem: { ...problem, evidence } }, marked }
}

/**
 * Test AUC, on the planted bit, of an attacker that is trained with given settings on planted evidence
 * (evaluation.md rule 9); with more than two classes the score is the summed probability of the marked ones.
 *
 * @param rng of the training.
 * @returns null when the test users lie all on one side of the bit.
 */
export async function plantedSignalAuc(
  { task, marked }: PlantedTask,
  kind: AttackerKind,
  config: unknown,
  rng: Rng,
): Promise<number | null> {
  const [probabilities] = await retrain(kind, task, [{ config, rng }])
  return markedAuc(probabilities!, task.test, marked)
}

function plantEvidence(
  { evidence, training }: AttackProblem,
  shared: Pick<Parameters<typeof plantSignal>[0], 'codes' | 'numClasses' | 'userGroup' | 'rng'>,
): { evidence: Evidence; marked: Uint8Array } {
  if (evidence.kind === 'lists') {
    const { lists, marked } = plantMarkers({ ...evidence, ...shared })
    return { evidence: { ...evidence, lists }, marked }
  }
  const { values, dimension } = evidence
  const everybody = Array.from(shared.userGroup.keys())
  const standardizer = fitStandardizer(values, dimension, training.users)
  const features = standardize(values, everybody, standardizer)
  const planted = plantSignal({ features, dimension, ...shared })
  return { evidence: { ...evidence, values: planted.features }, marked: planted.marked }
}

function markedAuc(probabilities: Float64Array, test: LabelledUsers, marked: Uint8Array): number | null {
  const numClasses = marked.length
  const scores = Float64Array.from(test.users, (_, i) => {
    let score = 0
    for (let c = 0; c < numClasses; c++) score += marked[c]! * probabilities[i * numClasses + c]!
    return score
  })
  return rocAuc(
    scores,
    Uint8Array.from(test.labels, (label) => marked[label]!),
  ).value
}
