import { z } from 'zod'

import { normal } from '../graph/initializers.js'
import { cast, greater } from '../graph/ops/elementwise.js'
import { dot, matmul } from '../graph/ops/linear-algebra.js'
import { weightedMean } from '../graph/ops/reduction.js'
import { reshape } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import { embeddingTable } from '../layers/embedding.js'
import { bayesianPersonalizedRanking } from '../training/losses.js'
import { interactionBatches } from './interaction-batches.js'
import type { CatalogueSize, Recommender, RecommenderKind } from './recommender.js'
import { innerProduct } from './scorer.js'

/** Settings of PMF. */
export const pmfSchema = z.strictObject({
  hiddenSize: z.int().min(1).max(4096).default(64).describe('width of user and item vectors'),
  numNegatives: z.int().min(1).max(1000).default(1).describe('negatives per interaction'),
})

/** Settings of PMF with defaults filled in. */
export type PmfConfig = z.output<typeof pmfSchema>

/**
 * Probabilistic matrix factorisation (Salakhutdinov and Mnih 2007) trained by BPR (Rendle et al. 2009, section
 * 4.3.1), as AFRL and Li et al. 2021 use it: the score is `p_u . q_i`, the loss the mean of
 * `softplus(-(p_u . q_i - p_u . q_j))` over the user's items `i` and items `j` uniform outside the user's history.
 * A user who knows the whole catalogue teaches nothing.
 *
 * The Gaussian priors are the optimizer's weight decay (AFRL 1e-8, Li 1e-4). Tables start at N(0, 0.01^2); neither
 * has a bias. Row 0 of both is padding, so user `u` has row `u + 1`. The order of a history plays no part, and a
 * user vector exists only for users trained on.
 *
 * Departures: Li et al. sum the loss over a batch, here it is the mean, as in AFRL; AFRL's dropout of 0.2 has no
 * place in a model without layers; a table above `lazyTableValues` is updated by rows.
 */
export function pmf(config: PmfConfig, { numUsers, numItems }: CatalogueSize): Recommender {
  const { hiddenSize, numNegatives } = config
  const table = (scope: Scope, name: string, count: number): Tensor => {
    const options = { rows: count + 1, width: hiddenSize, initializer: normal(0.01) }
    return embeddingTable(scope.child(name), options)
  }
  const userVectors = (scope: Scope, query: Tensor): Tensor => {
    return scope.lookup(table(scope, 'users', numUsers), query)
  }
  return {
    dimension: hiddenSize,
    historyLength: 0,
    ...interactionBatches({ numItems, numNegatives }),

    objective(scope, { batch }, passage = (vectors) => vectors) {
      const items = table(scope, 'items', numItems)
      const positives = scope.input('positives', 'int32', [batch])
      const counts = cast(greater(positives, 0), 'float32')
      const users = passage(userVectors(scope, scope.input('users', 'int32', [batch])), counts)
      const negatives = scope.lookup(items, scope.input('negatives', 'int32', [batch, numNegatives]))
      // [batch, 1, hiddenSize] and [batch, numNegatives, hiddenSize] give one score per negative
      const scores = matmul(reshape(users, [batch, 1, hiddenSize]), negatives, { transposeB: true })
      const loss = bayesianPersonalizedRanking(
        dot(users, scope.lookup(items, positives)),
        reshape(scores, [batch, numNegatives]),
      )
      return { loss: weightedMean(loss, counts) }
    },

    userVectors,
    scorer: innerProduct({
      tables: (scope) => [table(scope, 'items', numItems)],
      values: (store) => store.get('items/weight').data,
      dimension: hiddenSize,
    }),
  }
}

function asPublished(weightDecay: number): object {
  const optimizer = { kind: 'adam', learningRate: 1e-3, beta2: 0.999, weightDecay }
  return { batchTokens: 1024, epochs: 500, evaluateEvery: 1, patience: 10, warmupSteps: 0, optimizer }
}

/** PMF as a kind of recommender. */
export const pmfKind: RecommenderKind<PmfConfig> = {
  name: 'pmf',
  summary: 'matrix factorisation by BPR, one vector per user and item, blind to order (Rendle et al. 2009)',
  schema: pmfSchema,
  training: { batchTokens: 8192, optimizer: { learningRate: 5e-3, beta2: 0.999, weightDecay: 1e-6 } },
  presets: {
    fast: { training: { maxMinutes: 11 } },
    // AFRL's settings; those of Li et al. differ in the decay.
    paper: { training: asPublished(1e-8) },
    'paper-li': { training: asPublished(1e-4) },
  },
  create: pmf,
}
