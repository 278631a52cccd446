import { userGroups, type UserAttribute } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import type { Rng } from '../../random.js'

/** One attribute as a defence may know it. */
export interface DefenceAttribute {
  readonly name: string
  readonly numClasses: number
  /** `[numUsers]` class index; -1 for everybody whose label the training may not see. */
  readonly training: Int16Array
  /** `[numUsers]` class index; -1 for everybody but the holdout. */
  readonly holdout: Int16Array
}

/** What a defence may know of the users (evaluation.md rule 5): labels of defence users, a part held out for its own choices. */
export interface DefenceLabels {
  /** In order of their names. */
  readonly attributes: readonly DefenceAttribute[]
  /** Users whose labels train, ascending. */
  readonly trainingUsers: Int32Array
  /** Users whose labels choose among epochs, ascending. */
  readonly holdoutUsers: Int32Array
}

/**
 * Draws the holdout and hides every other label.
 *
 * @param userGroup `[numUsers]`, index into `userGroups`.
 * @param holdoutShare of the defence users, in (0, 1).
 * @throws VeilrecError `INVALID_ARGUMENT` when either part would be empty, or an attribute has fewer than two classes among the
 * labels that train.
 */
export function defenceLabels(
  attributes: readonly UserAttribute[],
  userGroup: Uint8Array,
  { holdoutShare, rng }: { readonly holdoutShare: number; readonly rng: Rng },
): DefenceLabels {
  const defence = userGroups.indexOf('defence')
  const users = rng.shuffle(Int32Array.from(userGroup.keys()).filter((user) => userGroup[user] === defence))
  const held = Math.round(users.length * holdoutShare)
  if (held === 0 || held === users.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${users.length} defence users cannot be parted into ${holdoutShare} for the choice of the epoch and the rest for training`,
      { users: users.length, holdoutShare },
      'Use a data set with more users.',
    )
  }
  const holdoutUsers = users.slice(0, held).sort()
  const trainingUsers = users.slice(held).sort()
  const known = ({ name, classes, codes }: UserAttribute): DefenceAttribute => {
    const of = (some: Int32Array): Int16Array => {
      const result = new Int16Array(codes.length).fill(-1)
      for (const user of some) result[user] = codes[user]!
      return result
    }
    const training = of(trainingUsers)
    if (new Set(training.filter((code) => code >= 0)).size < 2) {
      throw new VeilrecError(
        'INVALID_ARGUMENT',
        `the defence users have fewer than two different values of ${name}: there is nothing to hide`,
        { attribute: name },
        'Leave the attribute out, or check its column.',
      )
    }
    return { name, numClasses: classes.length, training, holdout: of(holdoutUsers) }
  }
  const sorted = attributes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { attributes: sorted.map(known), trainingUsers, holdoutUsers }
}
