import {
  iterativeStratification,
  userGroupProportions,
  userGroups,
  VeilrecError,
  type Rng,
  type UserAttribute,
} from '@veilrec/core'

/**
 * Splits the users of an outside recommender for its audit (evaluation.md rule 5), stratified by all audited attributes.
 *
 * 10 % of all users are for validation and 25 % for the test. The others train the attacker: those whose labels the producer's
 * defence used apart from those it did not, where that is known. Validation and test then come from users the defence did not
 * know; if these are fewer than 60 % of all, the three groups among them keep their proportions 25 : 10 : 25.
 *
 * @param isDefence `[numUsers]`, 1 for users whose labels the defence used; undefined where nobody knows
 * @returns `[numUsers]`, index into {@link userGroups}; without `isDefence` nobody is in the group `defence`
 * @throws VeilrecError `VECTORS_INVALID` where the defence knew everybody
 */
export function splitAuditedUsers(
  attributes: readonly UserAttribute[],
  isDefence: Uint8Array | undefined,
  numUsers: number,
  rng: Rng,
): Uint8Array {
  const others = Int32Array.from({ length: numUsers }, (_, user) => user).filter(
    (user) => isDefence?.[user] !== 1,
  )
  if (others.length === 0) {
    throw new VeilrecError(
      'VECTORS_INVALID',
      `all ${numUsers} users are defence users, so nobody is left to test an attacker on`,
      { users: numUsers },
      'List the users whose labels the defence was trained with; an honest test needs others.',
    )
  }
  const { attackTrain, attackValidation, attackTest } = userGroupProportions
  const known = attackTrain + attackValidation + attackTest
  const validation = Math.min(attackValidation * numUsers, (attackValidation / known) * others.length)
  const test = Math.min(attackTest * numUsers, (attackTest / known) * others.length)
  const parts = iterativeStratification(
    attributes.map((attribute) => ({
      ...attribute,
      codes: Int16Array.from(others, (user) => attribute.codes[user]!),
    })),
    others.length,
    [others.length - validation - test, validation, test],
    rng,
  )
  const group = new Uint8Array(numUsers).fill(userGroups.indexOf('defence'))
  const first = userGroups.indexOf('attackTrain')
  others.forEach((user, place) => (group[user] = first + parts[place]!))
  return group
}
