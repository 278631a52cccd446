import { userGroups, type UserAttribute, type UserGroup } from '../dataset.js'
import type { Rng } from '../random.js'
import { iterativeStratification } from './iterative-stratification.js'

/** Share of the users in each group (evaluation contract, rule 5); the shares add up to 1. */
export const userGroupProportions = {
  defence: 0.4,
  attackTrain: 0.25,
  attackValidation: 0.1,
  attackTest: 0.25,
} as const satisfies Record<UserGroup, number>

/**
 * Assigns every user to one of {@link userGroups}, by {@link iterativeStratification} over all attributes.
 *
 * @param attributes every `codes` is `[numUsers]`
 * @param numUsers number of users, >= 0
 * @param rng equal streams give equal splits
 * @returns `[numUsers]`, index into {@link userGroups}
 */
export function splitUsers(attributes: readonly UserAttribute[], numUsers: number, rng: Rng): Uint8Array {
  const proportions = userGroups.map((group) => userGroupProportions[group])
  return iterativeStratification(attributes, numUsers, proportions, rng)
}
