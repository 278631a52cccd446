import type { SimulatorOptions } from './options.js'

/** An attribute of simulated users: its classes and the share of the users in each. */
export interface SimulatedAttribute {
  readonly name: string
  readonly classes: readonly string[]
  /** Same length as `classes`; adds up to 1. */
  readonly shares: readonly number[]
}

/** The attributes every simulated user has; they are independent of each other. */
export const simulatedAttributes: readonly SimulatedAttribute[] = [
  { name: 'gender', classes: ['F', 'M'], shares: [0.4, 0.6] },
  { name: 'age', classes: ['Under 30', '30-49', '50+'], shares: [0.4, 0.35, 0.25] },
]

/**
 * What the classes of a user (one index per attribute of {@link simulatedAttributes}) cause at a cluster, at strength 1:
 * `shift(c, k) = sum_a contrastScale * contrast_a(c_a, k)`, in `-0.75..1`.
 *
 * Every cluster is favoured by one class of every attribute (mixed radix digits of its number, so that all combinations
 * occur); the contrast is 1 for that class and `-1 / (numClasses - 1)` for the others, hence 0 on average over the
 * classes.
 */
export function clusterShift(classes: readonly number[], cluster: number): number {
  let shift = 0
  let stride = 1
  simulatedAttributes.forEach(({ classes: { length } }, attribute) => {
    const favoured = Math.floor(cluster / stride) % length
    shift += classes[attribute] === favoured ? contrastScale : -contrastScale / (length - 1)
    stride *= length
  })
  return shift
}

// Half the standard deviation of personal taste: at strength 1 an attribute is plain to see, at 0.5 it is not certain.
const contrastScale = 0.5

// An attacker on the XOR form must get two things right, each from half of the clusters, so both are planted more plainly.
const xorScale = 2

/** Clusters `0 .. firstHalf - 1` tell the hidden digits in the XOR form, the others the sums. */
export function firstHalf(numClusters: number): number {
  return Math.floor(numClusters / 2)
}

/**
 * `[numClusters]`, what the classes of a user cause at strength 1: in the linear and the XOR form it is added to the affinities,
 * in the order form half of it to the probability of the forward direction.
 *
 * Linear and order: `shift(c, k)`, see {@link clusterShift}. XOR, with the first half of the clusters numbered
 * `0 .. h - 1`: `2 shift(b, k)` for `k < h`, `2 shift((c + b) mod numClasses, k - h)` for the others.
 *
 * @param classes class of the user in every attribute
 * @param hidden `b`, one digit per attribute, in `0..numClasses - 1`; read in the XOR form only
 */
export function clusterShifts(
  { form, numClusters }: Pick<SimulatorOptions, 'form' | 'numClusters'>,
  classes: readonly number[],
  hidden: readonly number[],
): Float64Array {
  const shifts = new Float64Array(numClusters)
  if (form !== 'xor') return shifts.map((_, k) => clusterShift(classes, k))
  const half = firstHalf(numClusters)
  const sums = simulatedAttributes.map(({ classes: { length } }, a) => (classes[a]! + hidden[a]!) % length)
  return shifts.map((_, k) => xorScale * (k < half ? clusterShift(hidden, k) : clusterShift(sums, k - half)))
}
