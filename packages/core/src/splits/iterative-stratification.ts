import type { UserAttribute } from '../dataset.js'
import type { Rng } from '../random.js'
import { VeilrecError } from '../errors/veilrec-error.js'

/**
 * Splits users into groups of given proportions so that every class of every attribute is spread over the
 * groups in these proportions too: iterative stratification over all attributes at once.
 *
 * Source: Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011, Algorithm 1.
 * Each class of an attribute is one label of the paper, and so is "value missing" (code -1). The label with the
 * fewest users left is served first; each of its users goes to the group that still wants most users of this
 * label, ties to the group that still wants most users, further ties by chance.
 *
 * Departure: group sizes are fixed beforehand (largest remainders) and a full group takes nobody, so that the
 * sizes are exact; the paper lets them drift by the rounding of every label.
 *
 * Time is `O(users * attributes * groups + labels^2)`. No user gives an empty array; no attribute gives a plain
 * random split. The result depends on the arguments and the state of `rng` only.
 *
 * @param attributes what to stratify by; every `codes` is `[numUsers]`
 * @param numUsers number of users, >= 0
 * @param proportions one positive number per group, at most 255 of them; they are divided by their sum
 * @param rng order of the users within a label, and ties
 * @returns `[numUsers]`, group index
 * @throws VeilrecError `INVALID_ARGUMENT` when a proportion is not positive or `codes` has another length
 *
 * @example
 * iterativeStratification([gender, age], 6040, [0.5, 0.5], Rng.fromSeed(1))
 */
export function iterativeStratification(
  attributes: readonly UserAttribute[],
  numUsers: number,
  proportions: readonly number[],
  rng: Rng,
): Uint8Array {
  checkArguments(attributes, numUsers, proportions)
  const numGroups = proportions.length
  const total = proportions.reduce((sum, proportion) => sum + proportion, 0)
  const shares = proportions.map((proportion) => proportion / total)

  const { labelsOf, usersOf } = collectLabels(
    attributes,
    rng.shuffle(Int32Array.from({ length: numUsers }, (_, u) => u)),
  )
  const capacity = largestRemainders(shares, numUsers)
  const wanted = usersOf.map((users) => Float64Array.from(shares, (share) => share * users.length))
  const left = Int32Array.from(usersOf, (users) => users.length)

  const group = new Uint8Array(numUsers)
  const assigned = new Uint8Array(numUsers)
  const ties: number[] = []
  for (let label = rarest(left); label >= 0; label = rarest(left)) {
    const wantedHere = wanted[label]!
    for (const user of usersOf[label]!) {
      if (assigned[user]) continue
      ties.length = 0
      for (let g = 0; g < numGroups; g++) {
        if (capacity[g]! <= 0) continue
        const best = ties[0]
        const order =
          best === undefined ? 1 : wantedHere[g]! - wantedHere[best]! || capacity[g]! - capacity[best]!
        if (order > 0) ties.length = 0
        if (order >= 0) ties.push(g)
      }
      const chosen = ties.length === 1 ? ties[0]! : ties[rng.int(ties.length)]!
      group[user] = chosen
      assigned[user] = 1
      capacity[chosen]!--
      for (const labels of labelsOf) {
        const own = labels[user]!
        wanted[own]![chosen]!--
        left[own]!--
      }
    }
  }
  return group
}

/** Numbers every occurring (attribute, class) pair; without attributes everybody has one common label. */
function collectLabels(
  attributes: readonly UserAttribute[],
  order: Int32Array,
): { labelsOf: Int32Array[]; usersOf: number[][] } {
  const usersOf: number[][] = []
  const everybody = { codes: new Int16Array(order.length) }
  const labelsOf = (attributes.length > 0 ? attributes : [everybody]).map(({ codes }) => {
    const labelOfCode = new Map<number, number>()
    const labels = new Int32Array(order.length)
    for (const user of order) {
      const code = codes[user]!
      let label = labelOfCode.get(code)
      if (label === undefined) {
        label = usersOf.push([]) - 1
        labelOfCode.set(code, label)
      }
      usersOf[label]!.push(user)
      labels[user] = label
    }
    return labels
  })
  return { labelsOf, usersOf }
}

/** The label with the fewest, but some, users left; the first of equals, -1 when nobody is left. */
function rarest(left: Int32Array): number {
  let best = -1
  for (let label = 0; label < left.length; label++) {
    if (left[label]! > 0 && (best < 0 || left[label]! < left[best]!)) best = label
  }
  return best
}

/** Whole numbers that add up to `total` and differ from `share * total` by less than 1. */
function largestRemainders(shares: readonly number[], total: number): Int32Array {
  const sizes = Int32Array.from(shares, (share) => Math.floor(share * total))
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: share * total - sizes[index]! }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  let missing = total - sizes.reduce((sum, size) => sum + size, 0)
  for (const { index } of byRemainder) if (missing-- > 0) sizes[index]!++
  return sizes
}

function checkArguments(
  attributes: readonly UserAttribute[],
  numUsers: number,
  proportions: readonly number[],
): void {
  if (!Number.isInteger(numUsers) || numUsers < 0) {
    throw new VeilrecError('INVALID_ARGUMENT', `numUsers must be a whole number >= 0, got ${numUsers}`, {
      numUsers,
    })
  }
  if (
    proportions.length < 1 ||
    proportions.length > 255 ||
    !proportions.every((p) => p > 0 && Number.isFinite(p))
  ) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `proportions must be 1 to 255 positive numbers, got [${proportions.join(', ')}]`,
      { proportions },
    )
  }
  for (const { name, codes } of attributes) {
    if (codes.length === numUsers) continue
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `attribute "${name}" has ${codes.length} codes for ${numUsers} users`,
      { attribute: name, codes: codes.length, numUsers },
    )
  }
}
