import { add, mul, stopGradient, sub } from '../../graph/ops/elementwise.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { listenersAt, listenersLoss, listeningPlayers } from '../learning/listeners.js'
import { hiddenDependence } from '../learning/opponent.js'
import type { VectorAudience, VectorModel, VectorPlayer } from '../vector-veil/vector-model.js'
import { filterAdversaries, hidingObjective } from './filter-adversaries.js'
import { filterNetwork } from './filter-network.js'
import { filterRequirement, filterShares, numFilters } from './filter-shares.js'
import type { FiltersConfig } from './filters-settings.js'

/** What the networks of filters follow from. */
type FilterConfig = Pick<FiltersConfig, 'mode' | 'form' | 'start' | 'opponent'>

/**
 * The filters of Li et al. 2021 ("Towards Personalized Fairness based on Causal Notion", sections 4.2 and 4.3, and released
 * code) as a veil on frozen user vectors: `sum_s w_s f_s(u)` with the shares of {@link filterShares}, and `u` itself where
 * nothing is hidden. Every filter is computed for every row, so that the work of `separate` doubles with each attribute.
 *
 * Parameters: `filters/INDEX` as {@link filterNetwork}.
 */
export function filtersVeil(config: FilterConfig): VectorModel['veil'] {
  return (scope, vectors, hidden) => {
    const { none, shares } = filterShares(config.mode, hidden)
    return shares.reduce(
      (sum, share, index) => add(sum, mul(share, oneFilter(scope, index, vectors, config))),
      mul(none, vectors),
    )
  }
}

function oneFilter(scope: Scope, index: number, vectors: Tensor, config: FilterConfig): Tensor {
  return filterNetwork(scope.child('filters').child(String(index)), vectors, config)
}

/**
 * The filters with what trains them. With `opponent: 'adversary'` these are discriminators: the filters minimise
 * `L_rec + lambda sum_k L_adv,k` over the attributes that a row's requirement hides (Li et al. 2021, equation 7), the
 * discriminators in turn their own cross-entropy.
 *
 * Departures: the recommender is frozen (PFRec's `Li et al.*`; Li et al. train it along, as `jointFilters` does); each row of a
 * batch has a requirement of its own, where theirs share one; discriminators see normalised vectors and the requirement, see
 * {@link filterAdversaries}; losses are means.
 *
 * By default there are none: a filter minimises, instead of what they lose, how much the vectors of a crowd depend on what is
 * hidden ({@link hiddenDependence}), and plays against {@link listenersLoss}, both by what `distilledLabels` tells of everybody.
 *
 * Parameters besides {@link filtersVeil}: `adversaries/INDEX` by attribute, or `listeners`.
 */
export function filtersModel(config: FiltersConfig, { attributes }: DefenceLabels): VectorModel {
  const veil = filtersVeil(config)
  const adam = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const
  const optimizer = { ...adam, learningRate: config.learningRate, weightDecay: config.weightDecay }
  if (config.opponent === 'kernel') {
    const crowdPlayers = (
      name: string,
      of: VectorModel['veil'],
      path: string,
      more: Pick<VectorPlayer, 'requirement'> = {},
    ): [VectorPlayer, ...VectorPlayer[]] => {
      const listening = path.replace('filters', 'listeners').replace(/\/$/, '')
      const hiding: VectorPlayer = {
        ...more,
        name,
        steps: 1,
        schedule: 'cosine',
        // Their erasures too: the kernel notices what they let through, and can give back what they need not have taken.
        trains: (parameter) => parameter.startsWith(path),
        optimizer,
        objective(scope, batch) {
          const audience = batch.audience as VectorAudience
          const recommendation = batch.recommendationLoss(of(scope, batch.vectors, batch.hidden))
          const veiled = of(scope, audience.vectors, audience.hidden)
          const dependence = hiddenDependence(veiled, audience)
          const loss = add(recommendation, mul(dependence, config.dependenceWeight))
          if (config.listenerWeight === 0) return { loss, metrics: { recommendation, dependence } }
          const listeners = listenersLoss(listenersAt(scope, listening), veiled, audience)
          return {
            loss: sub(loss, mul(listeners, config.listenerWeight)),
            metrics: { recommendation, dependence, listeners },
          }
        },
      }
      return [hiding, ...listeningPlayers(listening, of, config).map((player) => ({ ...more, ...player }))]
    }
    const { audienceSize } = config
    if (config.mode === 'combine')
      return { veil, players: crowdPlayers('filters', veil, 'filters/'), audienceSize }
    // Each filter has rows of its own requirement only, so that no other is computed for them.
    const [first, ...others] = Array.from(
      { length: numFilters(config.mode, attributes.length) },
      (_, index): VectorPlayer[] => {
        const hidden = filterRequirement(config.mode, index, attributes.length)
        const alone: VectorModel['veil'] = (scope, vectors) => oneFilter(scope, index, vectors, config)
        const name = hidden.map((attribute) => attributes[attribute]!.name).join(',')
        return crowdPlayers(name, alone, `filters/${index}/`, {
          requirement: attributes.map((_, attribute) => hidden.includes(attribute)),
        })
      },
    ).flat()
    return { veil, players: [first!, ...others], audienceSize }
  }
  const adversaries = filterAdversaries(config, attributes)
  const filter: VectorPlayer = {
    name: 'filter',
    steps: 1,
    readsLabels: true,
    schedule: 'cosine',
    trains: (parameter) => parameter.startsWith('filters/') && !parameter.includes('/erasure/'),
    optimizer,
    objective(scope, batch) {
      const veiled = veil(scope, batch.vectors, batch.hidden)
      const recommendation = batch.recommendationLoss(veiled)
      return hidingObjective(recommendation, adversaries.fooled(scope, veiled, batch), config.lambda)
    },
  }
  const adversary: VectorPlayer = {
    ...adversaries.player,
    readsLabels: true,
    objective(scope, batch) {
      const veiled = stopGradient(veil(scope, batch.vectors, batch.hidden))
      return { loss: adversaries.told(scope, veiled, batch) }
    },
  }
  return { veil, players: [adversary, filter] }
}
