import type { Rng } from '../../random.js'
import { normalQuantile } from '../../statistics/normal-quantile.js'

/** Input of {@link plantSignal}. */
export interface PlantedSignalInput {
  /** `[numUsers, dimension]` row-major, standardised. */
  readonly features: Float64Array
  readonly dimension: number
  /** `[numUsers]`, class index or -1. */
  readonly codes: ArrayLike<number>
  readonly numClasses: number
  /** `[numUsers]`, index into `userGroups`; the noise is balanced within each group. */
  readonly userGroup: Uint8Array
  readonly rng: Rng
}

/** Vectors with a known leak, to prove that an attacker would find one. */
export interface PlantedSignal {
  /** `[numUsers, dimension]` float64 */
  readonly features: Float64Array
  /** `[numClasses]`, 1 for the classes that the signal marks as positive. */
  readonly marked: Uint8Array
}

/** What the planted direction alone tells: evaluation.md rule 9. */
const plantedAuc = 0.75

/**
 * Replaces one random direction of the vectors by a label signal of AUC 0.75 (evaluation.md rule 9).
 *
 * The signal is `s = mu m(y) + noise` with standard normal noise and `mu = sqrt(2) Phi^-1(0.75)`, so that its AUC is
 * `Phi(mu / sqrt(2)) = 0.75`. With more than two classes m(y) marks a set of classes holding about half of the users
 * (largest first, each to the lighter side): one direction can carry one bit. The noise is the normal scores in random
 * order within each user group and side, so that the signal has its AUC in every group and chance cannot kill a probe.
 *
 * Users without a label get noise only.
 */
export function plantSignal(input: PlantedSignalInput): PlantedSignal {
  const { dimension, codes, userGroup, rng } = input
  const marked = markHalf(codes, input.numClasses)
  const direction = randomDirection(dimension, rng)
  const features = Float64Array.from(input.features)
  const shift = Math.SQRT2 * normalQuantile(plantedAuc)
  const cells = new Map<number, number[]>()
  for (let user = 0; user < userGroup.length; user++) {
    const code = codes[user]!
    const side = code < 0 ? 2 : marked[code]!
    const key = userGroup[user]! * 3 + side
    const members = cells.get(key)
    if (members === undefined) cells.set(key, [user])
    else members.push(user)
  }
  for (const [key, members] of cells) {
    rng.shuffle(members)
    for (const [place, user] of members.entries()) {
      const noise = normalQuantile((place + 0.5) / members.length)
      const signal = noise + (key % 3 === 1 ? shift : 0)
      const row = features.subarray(user * dimension, (user + 1) * dimension)
      let present = 0
      for (let j = 0; j < dimension; j++) present += row[j]! * direction[j]!
      for (let j = 0; j < dimension; j++) row[j]! += (signal - present) * direction[j]!
    }
  }
  return { features, marked }
}

/** Marks classes that hold about half of the users: largest first, each to the lighter side. */
export function markHalf(codes: ArrayLike<number>, numClasses: number): Uint8Array {
  const sizes = new Float64Array(numClasses)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) sizes[codes[i]!]!++
  const bySize = Array.from(sizes.keys()).sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  const marked = new Uint8Array(numClasses)
  let balance = 0
  for (const c of bySize) {
    marked[c] = balance <= 0 ? 1 : 0
    balance += balance <= 0 ? sizes[c]! : -sizes[c]!
  }
  return marked
}

function randomDirection(dimension: number, rng: Rng): Float64Array {
  const direction = Float64Array.from({ length: dimension }, () => rng.normal())
  const length = Math.hypot(...direction)
  return direction.map((value) => value / length)
}
