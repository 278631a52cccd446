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
 * How the classes of a user (one index per attribute of {@link simulatedAttributes}) shift its affinity to a cluster,
 * at strength 1. Another form of dependence is another function of this type.
 */
export type PreferenceForm = (classes: readonly number[], cluster: number) => number

/**
 * Each attribute adds its own shift: `sum_a scale * contrast_a(class, cluster)`.
 *
 * Every cluster is favoured by one class of every attribute (mixed radix digits of its number, so that all combinations
 * occur); the contrast is 1 for that class and `-1 / (numClasses - 1)` for the others, hence 0 on average over the
 * classes. A linear attacker on the items of a history can read the attribute.
 */
export const linearPreference: PreferenceForm = (classes, cluster) => {
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
