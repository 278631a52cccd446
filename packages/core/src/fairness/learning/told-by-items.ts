import type { AttackContext, AttackProblem } from '../../attacks/attacker.js'
import { listLogisticRegressionAttacker } from '../../attacks/linear/list-logistic-regression-attacker.js'
import type { Histories } from '../../dataset.js'
import { Rng } from '../../random.js'
import type { DefenceAttribute, DefenceLabels } from './defence-labels.js'

/** Parts that cross-fitting makes of the users whose labels train. */
export const numFolds = 4

/** The part of each user whose label trains, `0..numFolds - 1`; `rng` does not advance. */
export function drawFolds({ trainingUsers }: DefenceLabels, rng: Rng): ReadonlyMap<number, number> {
  const order = rng.split('folds').shuffle(trainingUsers.slice())
  return new Map(Array.from(order, (user, place) => [user, place % numFolds]))
}

/** What {@link toldByItems} works on. */
export interface ToldByItemsInput {
  readonly attribute: DefenceAttribute
  readonly histories: Histories
  readonly numItems: number
  /** See {@link drawFolds}. */
  readonly foldOfUser: ReadonlyMap<number, number>
  readonly context: AttackContext
}

/**
 * What the items of their histories tell of everybody: class probabilities by logistic regression on which items there are,
 * cross-fitted as in `distilledLabels`, its penalty the one with the highest likelihood of labels it has not seen.
 *
 * @returns `[numUsers, numClasses]`; undefined where some part has labels of one class only.
 */
export async function toldByItems(input: ToldByItemsInput): Promise<Float32Array | undefined> {
  const { attribute, histories, numItems, foldOfUser, context } = input
  const { numClasses, training: codes } = attribute
  const everybody = Int32Array.from({ length: histories.offsets.length - 1 }, (_, user) => user)
  const { configurations } = listLogisticRegressionAttacker
  const told = configurations.map(() => new Float32Array(everybody.length * numClasses))
  for (let fold = 0; fold < numFolds; fold++) {
    const users = Int32Array.from(foldOfUser.keys()).filter(
      (user) => foldOfUser.get(user) !== fold && codes[user]! >= 0,
    )
    const labels = Int32Array.from(users, (user) => codes[user]!)
    if (new Set(labels).size < 2) return undefined
    const labelled = { users, labels }
    const problem: AttackProblem = {
      evidence: { kind: 'lists', lists: histories, numItems },
      numClasses,
      training: labelled,
      validation: labelled,
    }
    // Nothing about it is random.
    const fits = configurations.map((config) => ({ config, rng: Rng.fromSeed(0) }))
    const models = await listLogisticRegressionAttacker.fit(problem, fits, context)
    for (const [index, model] of models.entries()) {
      const probabilities = await model.predict(everybody)
      for (const user of everybody) {
        const own = foldOfUser.get(user)
        if (own !== undefined && own !== fold) continue
        const share = own === undefined ? 1 / numFolds : 1
        for (let c = user * numClasses; c < (user + 1) * numClasses; c++) {
          told[index]![c]! += share * probabilities[c]!
        }
      }
    }
  }
  const losses = told.map((probabilities) => logLoss(probabilities, attribute, foldOfUser.keys()))
  return told[losses.indexOf(Math.min(...losses))]
}

/** Mean `-log p(label)` of those of the users who have a label that trains. */
export function logLoss(
  probabilities: Float32Array,
  { numClasses, training }: DefenceAttribute,
  users: Iterable<number>,
): number {
  const losses = [...users]
    .filter((user) => training[user]! >= 0)
    .map((user) => -Math.log(Math.max(leastProbability, probabilities[user * numClasses + training[user]!]!)))
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}

/** A class that a part has not met has none. */
const leastProbability = 1e-6
