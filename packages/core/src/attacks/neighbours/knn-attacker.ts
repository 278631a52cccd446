import { VeilrecError } from '../../errors/veilrec-error.js'
import type { AttackerKind, AttackProblem, FittedAttacker } from '../attacker.js'
import { nearestNeighbours, type Neighbours } from './knn-neighbours.js'
import { fitStandardizer, standardize, type Standardizer } from '../linear/standardize.js'
import { pause } from '../suite/suite-pause.js'

/** Settings of {@link knnAttacker}. */
export interface KnnConfig {
  /** `cosine` is the Euclidean distance of standardised vectors scaled to length 1. */
  readonly metric: 'euclidean' | 'cosine'
  /** Nearest training users that vote; all of them where there are fewer. */
  readonly neighbours: number
}

const neighbourGrid = [400, 100, 20]

/**
 * k nearest neighbours on standardised vectors (evaluation.md rule 7), exact.
 *
 * The k nearest training users vote for their class with weight `1 / distance` (Dudani 1976; scikit-learn's
 * `weights="distance"`); where some are at distance 0, only these vote. One more vote goes to the class shares of the
 * training users, `p_c = (k v_c + share_c) / (k + 1)`, so that no class that occurs gets probability 0. Ties in distance
 * go to the training user who comes first. One search serves all configurations of a metric; nothing is random.
 *
 * Classes without a training user have probability 0; one class alone has 1.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for lists; `ABORTED`, from `predict` too.
 */
export const knnAttacker: AttackerKind<KnnConfig> = {
  name: 'knn',
  evidence: 'vectors',
  isRandom: false,
  configurations: (['euclidean', 'cosine'] as const).flatMap((metric) =>
    neighbourGrid.map((neighbours) => ({ metric, neighbours })),
  ),
  async fit(problem, fits, { signal }) {
    await pause(signal)
    const { training, numClasses } = problem
    const searches = new Map<KnnConfig['metric'], NeighbourSearch>()
    for (const { config } of fits) {
      const { metric } = config
      if (searches.has(metric)) continue
      const most = Math.max(...fits.map((fit) => (fit.config.metric === metric ? fit.config.neighbours : 0)))
      searches.set(metric, neighbourSearch(problem, metric, most, signal))
    }
    return fits.map(({ config, labels = training.labels }): FittedAttacker => {
      const search = searches.get(config.metric)!
      const shares = classShares(labels, numClasses)
      return { predict: async (users) => vote(await search(users), config.neighbours, labels, shares) }
    })
  },
}

type NeighbourSearch = (users: Int32Array) => Promise<Neighbours>

/** Searches among the training users, and remembers the answer for the users asked last. */
function neighbourSearch(
  { evidence, training }: AttackProblem,
  metric: KnnConfig['metric'],
  most: number,
  signal: AbortSignal | undefined,
): NeighbourSearch {
  if (evidence.kind !== 'vectors') {
    throw new VeilrecError('INVALID_ARGUMENT', 'knn attacks vectors, not lists')
  }
  const { values, dimension } = evidence
  const standardizer = fitStandardizer(values, dimension, training.users)
  const featuresOf = (users: Int32Array): Float64Array =>
    metricFeatures(values, users, standardizer, metric === 'cosine')
  const references = featuresOf(training.users)
  let last: { readonly users: Int32Array; readonly answer: Promise<Neighbours> } | undefined
  return (users) => {
    if (last === undefined || !equal(last.users, users)) {
      const answer = nearestNeighbours(featuresOf(users), references, dimension, most, () => pause(signal))
      last = { users: users.slice(), answer }
    }
    return last.answer
  }
}

function metricFeatures(
  values: Float32Array | Float64Array,
  users: Int32Array,
  standardizer: Standardizer,
  unitLength: boolean,
): Float64Array {
  const features = standardize(values, users, standardizer)
  if (!unitLength) return features
  const dimension = standardizer.mean.length
  for (let row = 0; row < features.length; row += dimension) {
    const vector = features.subarray(row, row + dimension)
    const length = Math.hypot(...vector)
    // A vector at the very mean has no direction and stays as it is.
    if (length > 0) for (let j = 0; j < dimension; j++) vector[j]! /= length
  }
  return features
}

function vote(
  { count, rows, distances }: Neighbours,
  neighbours: number,
  labels: Int32Array,
  shares: Float64Array,
): Float64Array {
  const numClasses = shares.length
  const voters = Math.min(neighbours, count)
  const queries = rows.length / count
  const probabilities = new Float64Array(queries * numClasses)
  const votes = new Float64Array(numClasses)
  for (let query = 0; query < queries; query++) {
    const start = query * count
    const same = distances[start] === 0
    votes.fill(0)
    let total = 0
    for (let i = start; i < start + voters; i++) {
      const weight = same ? Number(distances[i] === 0) : 1 / distances[i]!
      votes[labels[rows[i]!]!]! += weight
      total += weight
    }
    for (let c = 0; c < numClasses; c++) {
      probabilities[query * numClasses + c] = ((voters * votes[c]!) / total + shares[c]!) / (voters + 1)
    }
  }
  return probabilities
}

function classShares(labels: Int32Array, numClasses: number): Float64Array {
  const shares = new Float64Array(numClasses)
  for (const label of labels) shares[label]! += 1 / labels.length
  return shares
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
