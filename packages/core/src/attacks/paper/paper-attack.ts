import type { UserAttribute } from '../../dataset.js'
import { userGroups } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import { balancedAccuracy } from '../../metrics/balanced-accuracy.js'
import { majorityShare, microF1 } from '../../metrics/micro-f1.js'
import type { Rng } from '../../random.js'
import { bootstrapAuc } from '../../statistics/bootstrap-auc.js'
import { bootstrapMean, type MeanEstimate } from '../../statistics/bootstrap-mean.js'
import type { BootstrapOptions } from '../../statistics/interval.js'
import type { AttackContext, AttackerKind } from '../attacker.js'
import { mostProbableClass } from '../linear/logistic-regression.js'
import { checkEvidence, hasTwoClasses, labelledUsers } from '../suite/suite-users.js'
import type { PaperAttackerConfig } from './paper-attacker.js'

/** Input of {@link paperAttack}. */
export interface PaperAttackInput {
  /** `[numUsers, dimension]` row-major, finite. */
  readonly vectors: Float32Array
  readonly dimension: number
  readonly attribute: UserAttribute
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  readonly attacker: AttackerKind<PaperAttackerConfig>
  /** Trainings of the attacker, 1 or more. */
  readonly seeds: number
  /** Not advanced; equal streams give equal results. */
  readonly rng: Rng
  readonly context: AttackContext
  readonly bootstrap?: BootstrapOptions
}

/** What an attack by a paper's protocol came to; every interval is 95 %, over test users and, for the AUCs, attack seeds. */
export interface PaperAttackResult {
  readonly attribute: string
  /** AUC on probabilities, macro one-vs-rest, in `[0, 1]`, never folded. */
  readonly probabilityAuc: MeanEstimate
  /**
   * What AFRL prints: for two classes the AUC of the 0/1 prediction, which is the balanced accuracy; for more the same
   * as {@link probabilityAuc} (protocols.md section 6.1).
   */
  readonly hardAuc: MeanEstimate
  /** Share of test users whose most probable class is right. */
  readonly microF1: MeanEstimate
  /** Share of the largest class among the test users, the line that micro-F1 is read against. */
  readonly majority: number
  readonly balancedAccuracy: number
  readonly testUsers: number
}

/**
 * Attacks one attribute from user vectors by the protocol of a paper: the attacker learns from the labels of all users but those
 * of attack validation, by which it keeps its best epoch, and attack test, on which it is measured.
 *
 * The papers' own split of users is not published; this one has the test users of our contract. One attacker, trained once on one
 * group, nothing planted: these figures stand in tables of the `paper` protocol alone (evaluation.md, first paragraph).
 *
 * @returns null when training, validation or test users have fewer than two classes.
 * @throws VeilrecError `INVALID_ARGUMENT` when sizes do not fit or `seeds` is below 1; `NOT_FINITE`; `ABORTED`.
 */
export async function paperAttack(input: PaperAttackInput): Promise<PaperAttackResult | null> {
  const { vectors, dimension, attribute, userGroup, attacker, seeds, rng, context, bootstrap = {} } = input
  const evidence = { kind: 'vectors', values: vectors, dimension } as const
  checkEvidence(evidence, attribute, userGroup)
  if (!Number.isSafeInteger(seeds) || seeds < 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `seeds must be a whole number of at least 1, got ${seeds}`, {
      seeds,
    })
  }
  const training = labelledUsers(attribute, ofBothTrainings(userGroup), 'defence')
  const validation = labelledUsers(attribute, userGroup, 'attackValidation')
  const test = labelledUsers(attribute, userGroup, 'attackTest')
  if (![training, validation, test].every(hasTwoClasses)) return null
  const numClasses = attribute.classes.length
  const [config] = attacker.configurations
  const fits = Array.from({ length: seeds }, (_, seed) => ({
    config: config!,
    rng: rng.split(`seed ${seed}`),
  }))
  const fitted = await attacker.fit({ evidence, numClasses, training, validation }, fits, context)
  const bySeed = await Promise.all(fitted.map((one) => one.predict(test.users)))
  const predicted = bySeed.map((p) => mostProbableClass(p, numClasses))
  const hard = numClasses === 2 ? predicted.map(oneHot) : bySeed
  const auc = (p: readonly Float64Array[]): MeanEstimate =>
    bootstrapAuc(p, test.labels, numClasses, rng.split('bootstrap'), bootstrap)!
  const right = Float64Array.from(
    test.labels,
    (label, i) => predicted.filter((of) => of[i] === label).length / seeds,
  )
  const meanOver = (figure: (of: Int16Array) => number): number =>
    predicted.reduce((sum, of) => sum + figure(of), 0) / seeds
  return {
    attribute: attribute.name,
    probabilityAuc: auc(bySeed),
    hardAuc: auc(hard),
    microF1: {
      ...bootstrapMean(right, rng.split('bootstrap of micro-F1'), bootstrap)!,
      value: meanOver((of) => microF1(of, test.labels, numClasses).value!),
    },
    majority: majorityShare(test.labels, numClasses).value!,
    balancedAccuracy: meanOver((of) => balancedAccuracy(of, test.labels, numClasses).value!),
    testUsers: test.users.length,
  }
}

/** User groups in which whoever trains an attacker, in our contract one of two, is a defence user. */
function ofBothTrainings(userGroup: Uint8Array): Uint8Array {
  const [defence, attackTrain] = [userGroups.indexOf('defence'), userGroups.indexOf('attackTrain')]
  return userGroup.map((group) => (group === attackTrain ? defence : group))
}

/** Predictions of two classes as probabilities 0 and 1, `[n, 2]`. */
function oneHot(predicted: Int16Array): Float64Array {
  return Float64Array.from({ length: 2 * predicted.length }, (_, i) => (predicted[i >> 1] === i % 2 ? 1 : 0))
}
