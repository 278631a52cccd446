import {
  attackAttribute,
  leaveOneOutTargets,
  type Dataset,
  type Rng,
  type UserAttribute,
} from '@veilrec/core'

import type { HistoryControl } from './audit-result.js'

/** Catalogue size above which the control is left out: the attacker's work grows with its cube. */
const maxHistoryItems = 300

/**
 * The attack on the raw item histogram (evaluation.md rule 9): what the known items of the test query tell when no
 * recommender stands in between.
 *
 * @param rng not advanced.
 */
export function attackHistory(dataset: Dataset, attribute: UserAttribute, rng: Rng): HistoryControl {
  const { name } = attribute
  const { numItems, numUsers, userGroup } = dataset
  if (numItems > maxHistoryItems) {
    const reason = `${numItems} items are too many for this attacker (at most ${maxHistoryItems})`
    return { attribute: name, attack: null, reason }
  }
  const { known } = leaveOneOutTargets(dataset.histories, 'test')
  const vectors = new Float32Array(numUsers * numItems)
  for (let user = 0; user < numUsers; user++) {
    const end = known.offsets[user + 1]!
    for (let i = known.offsets[user]!; i < end; i++) vectors[user * numItems + known.items[i]! - 1]! += 1
  }
  return {
    attribute: name,
    attack: attackAttribute({ vectors, dimension: numItems, attribute, userGroup, rng }),
  }
}
