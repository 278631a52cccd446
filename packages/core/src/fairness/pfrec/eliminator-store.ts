import { ParameterStore } from '../../graph/parameter-store.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Rng } from '../../random.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { erasureMap, setErasureLayer } from '../learning/start-from-erasure.js'
import type { Requirement } from '../veil.js'
import { eliminatorNames, type Eliminator } from './eliminator.js'
import type { PfrecConfig } from './pfrec-settings.js'

type Tuning = Pick<PfrecConfig, 'tune' | 'trainLayerNorm'>

/**
 * Whether an eliminator has a copy of its own of that parameter of the recommender, which learns: all but the item
 * table and the items' biases with `tune: 'all'`, layer norms with `trainLayerNorm`.
 *
 * Departure of `tune: 'all'` from the paper: the tables that score stand still, because the items' scores are the
 * recommender's own under every veil.
 */
export function isTuned(name: string, { tune, trainLayerNorm }: Tuning): boolean {
  const isFixed = ['items/', 'itemBias/', eliminatorNames.root].some((place) => name.startsWith(place))
  if (isFixed) return false
  return tune === 'all' || (trainLayerNorm && /norm\/[^/]*$/i.test(name))
}

/**
 * A store for one eliminator over a trained recommender, which is left as it is: its parameters are frozen but for those
 * that are tuned, of which the store has copies.
 */
export function eliminatorStore(rng: Rng, trained: ParameterStore, tuning: Tuning): ParameterStore {
  const all = trained.list()
  const tuned = all.filter(({ name }) => isTuned(name, tuning))
  if (tuned.length === 0) return new ParameterStore(rng, trained)
  const copy = (
    store: ParameterStore,
    { name, shape, data, update, paddingRow }: (typeof all)[number],
  ): void => {
    store.declare(name, shape, (values) => values.set(data), { update, paddingRow })
  }
  const frozen = new ParameterStore(rng)
  for (const parameter of all) if (!isTuned(parameter.name, tuning)) copy(frozen, parameter)
  const store = new ParameterStore(rng, frozen)
  for (const parameter of tuned) copy(store, parameter)
  return store
}

/** The parameters of a store that the eliminator serves with, by name: its own, and copies of the recommender's. */
export function servingParameters(store: ParameterStore, eliminator: Eliminator): string[] {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  eliminator.userVectors(scope, scope.input('history', 'int32', [1, 1]))
  return [...trace.parameters.keys()].filter((name) => !store.isFrozen(name)).sort()
}

/**
 * Sets the linear erasure of an eliminator with `erasure`, fitted to the recommender's own vectors on the labels that train.
 *
 * @param store holds the parameters of the eliminator.
 * @param data `vectors` `[numUsers, dimension]`.
 */
export function initializeEliminator(
  config: PfrecConfig,
  requirement: Requirement,
  store: ParameterStore,
  data: { readonly dimension: number; readonly vectors: Float32Array; readonly labels: DefenceLabels },
): void {
  if (!config.erasure) return
  const { dimension, vectors, labels } = data
  const attributes = labels.attributes.filter(({ name }) => requirement.includes(name))
  const map = erasureMap({ dimension, vectors, attributes, settings: config })
  setErasureLayer(store, eliminatorNames.erasure, map)
}
