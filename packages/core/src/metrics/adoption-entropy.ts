import type { Histories, UserAttribute } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { binaryTraining } from '../models/baseline.js'
import { defined, undefinedBecause, type Measure } from './measure.js'

/** How many users of each class had each item: `n_v(z)` of FairSR. */
export interface ItemAdoption {
  /** Name of the attribute. */
  readonly attribute: string
  readonly numClasses: number
  /** `[numItems + 1, numClasses]` row-major; row 0, padding, is zero. */
  readonly counts: Uint32Array
  /** `[numItems + 1]`, users with a known class who had the item: `|U(v)|`. */
  readonly support: Uint32Array
}

/**
 * Who adopted each item: distinct users by class.
 *
 * @param training training interactions only, of everybody: with test interactions the truth would leak into the measure
 * (the paper's "ever interacted" leaves it open).
 * @param attribute of the same users; those without a value adopt nothing, so that proportions add up to 1.
 * @throws VeilrecError `INVALID_ARGUMENT` when the attribute is of another number of users, or an item is outside the
 * catalogue.
 */
export function itemAdoption(training: Histories, attribute: UserAttribute, numItems: number): ItemAdoption {
  const { codes, name } = attribute
  const numUsers = training.offsets.length - 1
  if (codes.length !== numUsers) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `the interactions of ${numUsers} users cannot be counted by ${name} of ${codes.length} users`,
      { users: numUsers, attribute: name, attributeUsers: codes.length },
    )
  }
  const numClasses = attribute.classes.length
  const counts = new Uint32Array((numItems + 1) * numClasses)
  const support = new Uint32Array(numItems + 1)
  const { offsets, items } = binaryTraining(training, numItems).profiles
  for (let user = 0; user < numUsers; user++) {
    const code = codes[user]!
    if (code < 0) continue
    const end = offsets[user + 1]!
    for (let i = offsets[user]!; i < end; i++) {
      counts[items[i]! * numClasses + code]!++
      support[items[i]!]!++
    }
  }
  return { attribute: name, numClasses, counts, support }
}

/**
 * What is done about items with few adopters, whose entropy is too low by chance alone: `none`; `miller-madow`, which adds
 * the expected error; `shrinkage`, which adds ten adopters of the average kind.
 */
export const entropyCorrections = ['none', 'miller-madow', 'shrinkage'] as const

/** One of {@link entropyCorrections}. */
export type EntropyCorrection = (typeof entropyCorrections)[number]

const pseudoCounts = 10

/**
 * The adoption entropy of every item: how evenly the groups adopt it (FairSR, TIST 2022, equations 1 and 2).
 *
 * `e_a(v) = -sum_z p_v(z) ln p_v(z)` with `p_v(z) = n_v(z) / |U(v)|` and `0 ln 0 = 0`, in nats.
 *
 * An item that one user had has entropy 0 whatever the groups like, so e grows with popularity. The corrections
 * (protocols.md section 6.3):
 * - `miller-madow`: `e + (K - 1) / (2 |U(v)|)` with K classes (Miller 1955), at most `ln K`, which it would pass for rare items.
 * - `shrinkage`: `p_v(z) = (n_v(z) + 10 p(z)) / (|U(v)| + 10)` with p the proportions over the adoptions of all items.
 *
 * @returns `[numItems + 1]`, in `[0, ln K]`; NaN for padding, and for items without adopters unless they are shrunk.
 */
export function adoptionEntropy(
  adoption: ItemAdoption,
  correction: EntropyCorrection = 'none',
): Float64Array {
  const { numClasses, counts, support } = adoption
  const pseudo = correction === 'shrinkage' ? averageProportions(adoption).map((p) => pseudoCounts * p) : null
  return Float64Array.from(support, (adopters, item) => {
    if (item === 0) return Number.NaN
    const ofItem = Float64Array.from(counts.subarray(item * numClasses, (item + 1) * numClasses))
    if (pseudo !== null) return entropyOf(ofItem.map((count, z) => count + pseudo[z]!))
    const entropy = entropyOf(ofItem)
    if (correction === 'none') return entropy
    return Math.min(entropy + (numClasses - 1) / (2 * adopters), Math.log(numClasses))
  })
}

/**
 * The entropy of an item that the groups adopt in the proportions in which they adopt at all, in nats.
 *
 * The neutral mark among adoption entropies: what lies above it is liked more by the small groups than items are in general.
 */
export function averageAdoptionEntropy(adoption: ItemAdoption): Measure {
  const entropy = entropyOf(averageProportions(adoption))
  return Number.isNaN(entropy)
    ? undefinedBecause('no user with a known class adopted an item')
    : defined(entropy)
}

/** `[numClasses]`; NaN when nothing was adopted at all. */
function averageProportions({ numClasses, counts, support }: ItemAdoption): Float64Array {
  const sums = new Float64Array(numClasses)
  for (const [i, count] of counts.entries()) sums[i % numClasses]! += count
  const adoptions = support.reduce((sum, users) => sum + users, 0)
  return sums.map((sum) => sum / adoptions)
}

/** Of proportions or of counts; NaN when all of them are zero. */
function entropyOf(weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let entropy = 0
  for (const weight of weights) if (weight !== 0) entropy -= (weight / total) * Math.log(weight / total)
  // Of equal proportions the sum can pass its bound by rounding, and of a single class it is -0.
  return total === 0 ? Number.NaN : Math.max(0, Math.min(entropy, Math.log(weights.length)))
}
