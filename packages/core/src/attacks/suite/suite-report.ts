import { balancedAccuracy } from '../../metrics/balanced-accuracy.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { majorityShare, microF1 } from '../../metrics/micro-f1.js'
import type { LabelledUsers } from '../attacker.js'
import { mostProbableClass } from '../linear/logistic-regression.js'
import type { AttackedGroup } from './suite-group.js'
import type { AttackSuiteInput, AttackSuiteResult, SuiteAttacker } from './suite-result.js'

/** Classes below this size are left out of the large-class AUC (evaluation.md rule 8). */
const largeClassSize = 10

/** The figures of the reported attacker, all but the controls: means over its seeds. */
export function reportedFigures(
  { task, trained, figures }: AttackedGroup,
  place: number,
): Pick<
  AttackSuiteResult,
  | 'state'
  | 'auc'
  | 'interval'
  | 'attacker'
  | 'trainedOn'
  | 'largeClassAuc'
  | 'skippedClasses'
  | 'balancedAccuracy'
  | 'balancedAccuracyChance'
  | 'microF1'
> {
  const { kind, probabilities } = trained[place]!
  const { numClasses } = task.problem
  const { labels } = task.test
  const bySeed = probabilities.map((p) => {
    const predicted = mostProbableClass(p, numClasses)
    return {
      oneClass: predicted.every((c) => c === predicted[0]),
      large: macroRocAuc(p, labels, numClasses, largeClassSize).auc.value,
      balanced: balancedAccuracy(predicted, labels, numClasses).value,
      accuracy: microF1(predicted, labels, numClasses).value,
    }
  })
  const { auc, interval } = figures[place]!
  return {
    state: bySeed.every(({ oneClass }) => oneClass) ? 'majority-only' : 'measured',
    auc,
    interval,
    attacker: kind.name,
    trainedOn: task.trainedOn,
    largeClassAuc: meanOrNull(bySeed.map(({ large }) => large)),
    skippedClasses: macroRocAuc(probabilities[0]!, labels, numClasses).skippedClasses,
    balancedAccuracy: meanOrNull(bySeed.map(({ balanced }) => balanced)),
    balancedAccuracyChance: 1 / new Set(labels).size,
    microF1: meanOrNull(bySeed.map(({ accuracy }) => accuracy)),
  }
}

/** What is known of the test users before any attack. */
export function testFigures(
  { attribute, evidence }: AttackSuiteInput,
  { labels }: LabelledUsers,
  seeds: number,
): Pick<
  AttackSuiteResult,
  'attribute' | 'evidence' | 'majority' | 'testUsers' | 'testUsersByClass' | 'seeds'
> {
  const testUsersByClass = attribute.classes.map(() => 0)
  for (const label of labels) testUsersByClass[label]!++
  return {
    attribute: attribute.name,
    evidence: evidence.kind,
    majority: majorityShare(labels, attribute.classes.length).value,
    testUsers: labels.length,
    testUsersByClass,
    seeds,
  }
}

/** Every kind by name: the worse of its two trainings, and both. */
export function attackersByName(
  groups: readonly AttackedGroup[],
  worst: AttackedGroup,
  planted: ReadonlyMap<number, number | null>,
): Record<string, SuiteAttacker> {
  const entries = worst.trained.map(({ kind }, place): [string, SuiteAttacker] => {
    const worse = groups.reduce((a, b) => (b.figures[place]!.auc > a.figures[place]!.auc ? b : a))
    const byGroup = groups.map(({ task, figures }) => [task.trainedOn, figures[place]!])
    return [
      kind.name,
      {
        ...worse.figures[place]!,
        trainedOn: worse.task.trainedOn,
        plantedSignalAuc: planted.get(place) ?? null,
        byGroup: Object.fromEntries(byGroup) as SuiteAttacker['byGroup'],
      },
    ]
  })
  return Object.fromEntries(entries)
}

/** The result where there was nothing to attack. */
export function nothingToAttack(
  input: AttackSuiteInput,
  test: LabelledUsers,
  seeds: number,
  reason: string,
): AttackSuiteResult {
  return {
    ...testFigures(input, test, seeds),
    ...withoutFigures,
    state: 'undefined',
    reason,
    skippedClasses: input.attribute.classes.length,
    attackers: {},
  }
}

/** What is null where nothing was attacked. */
const withoutFigures = {
  auc: null,
  interval: null,
  attacker: null,
  trainedOn: null,
  largeClassAuc: null,
  balancedAccuracy: null,
  balancedAccuracyChance: null,
  microF1: null,
  shuffledLabelAuc: null,
  plantedSignalAuc: null,
} as const

function meanOrNull(values: readonly (number | null)[]): number | null {
  let sum = 0
  for (const value of values) {
    if (value === null) return null
    sum += value
  }
  return sum / values.length
}
