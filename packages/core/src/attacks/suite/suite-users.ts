import { userGroups, type UserAttribute, type UserGroup } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import type { Evidence, LabelledUsers } from '../attacker.js'

/** The users of one group whose value is known, ascending. */
export function labelledUsers(
  attribute: UserAttribute,
  userGroup: Uint8Array,
  group: UserGroup,
): LabelledUsers {
  const wanted = userGroups.indexOf(group)
  const users = Int32Array.from(userGroup.keys()).filter(
    (user) => userGroup[user] === wanted && attribute.codes[user]! >= 0,
  )
  return { users, labels: Int32Array.from(users, (user) => attribute.codes[user]!) }
}

/** Whether there is anything to tell apart. */
export function hasTwoClasses({ labels }: LabelledUsers): boolean {
  return labels.some((label) => label !== labels[0])
}

/**
 * Checks that evidence, attribute and groups speak of the same users, and that every vector is finite.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when sizes do not fit; `NOT_FINITE` naming a user.
 */
export function checkEvidence(evidence: Evidence, attribute: UserAttribute, userGroup: Uint8Array): void {
  const numUsers = userGroup.length
  const rows =
    evidence.kind === 'vectors'
      ? evidence.values.length / evidence.dimension
      : evidence.lists.offsets.length - 1
  if (rows !== numUsers || attribute.codes.length !== numUsers) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `an attack on ${attribute.name} needs ${evidence.kind} and codes of the same ${numUsers} users, ` +
        `got ${rows} and ${attribute.codes.length}`,
      { numUsers, rows, codes: attribute.codes.length },
    )
  }
  if (evidence.kind === 'lists') return
  const { values, dimension } = evidence
  const bad = values.findIndex((value) => !Number.isFinite(value))
  if (bad < 0) return
  const user = Math.floor(bad / dimension)
  throw new VeilrecError(
    'NOT_FINITE',
    `the vector of user ${user} holds ${values[bad]}`,
    { user },
    'Look for a NaN in the model: train again with a lower learning rate or use an earlier checkpoint.',
  )
}
