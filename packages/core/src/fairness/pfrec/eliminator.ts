import type { Initializer } from '../../graph/initializers.js'
import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { Insertions } from '../../layers/insertions.js'
import type { Promptable } from '../../models/promptable.js'
import { erasureLayer } from '../learning/start-from-erasure.js'
import { adapted } from './adapter.js'
import type { PfrecConfig } from './pfrec-settings.js'
import { prompt, type PromptedAttribute } from './prompt.js'

/** What an eliminator is for. */
export interface EliminatorTask {
  readonly promptable: Promptable
  /** Names of the attributes to hide. */
  readonly requirement: readonly string[]
  /** All attributes of the veil in order of their names. */
  readonly attributes: readonly PromptedAttribute[]
  /** Initial values of prompts, see {@link promptInitializer}. */
  readonly initializer: Initializer
}

/**
 * The bias eliminator of one requirement: a frozen recommender with prompts before the items of every block and adapters
 * behind every sub-layer (PFRec section 2.3.2).
 *
 * The user vector of a history is that of the recommender with prompt rows of each block's own (`prompt`) in the sight of all
 * items and each sub-layer's output changed by an adapter of its own before it is added to the residual; in SASRec, where
 * layer norm comes first, the adapter reads an output that is not normalised yet. With `erasure`
 * the vector then goes through an affine map that stands still.
 *
 * Departures from the paper: a value is never known when serving, so that training reads some as unknown, too
 * (`valueDropout`); by default adapters read the residual with the output (`adapterReads`) and `erasure` is a start. Prompt rows
 * are not carried from block to block, as in the released code. There one pair of adapters serves all blocks; here each block has its own.
 *
 * Parameters are below `pfrec/`: `eliminator/task/BLOCK`, `eliminator/user/ATTRIBUTE`, `eliminator/adapter/BLOCK/SUBLAYER/...` and `erasure/...`.
 */
export interface Eliminator {
  /** Attributes with a row in the user prompt, in order of their names. */
  readonly prompted: readonly PromptedAttribute[]
  /**
   * User vectors `[batch, dimension]` of a query.
   *
   * @param codes int32 `[batch]` for each prompted attribute, 1 + class or 0 for unknown. Left out when serving: a veil never
   * knows a value.
   */
  userVectors(scope: Scope, query: Tensor, codes?: readonly Tensor[]): Tensor
  /** `[batch, time, dimension]`, the vectors of every beginning of a query, where the recommender has them. */
  readonly prefixVectors?: (scope: Scope, query: Tensor, codes?: readonly Tensor[]) => Tensor
}

/** The item table of every recommender that is promptable. */
const itemTableName = 'items/weight'
const place = 'pfrec'
const own = `${place}/eliminator/`

/** Traces the eliminator of a requirement over a store of `eliminatorStore`. */
export function eliminator(config: PfrecConfig, task: EliminatorTask): Eliminator {
  const { promptable, requirement, attributes, initializer } = task
  const hasPrompt = config.tune === 'eliminator' && !config.withoutPrompt
  const hasAdapter = config.tune === 'eliminator' && !config.withoutAdapter
  const prompted = attributes.filter(({ name }) => {
    if (!hasPrompt || config.userPrompt === 'none') return false
    return config.userPrompt === 'all' || !requirement.includes(name)
  })
  const insertions = (scope: Scope, codes?: readonly Tensor[]): Insertions => {
    const parameters = scope.root().child(place).child('eliminator')
    const { taskPrompts } = config
    const shape = { taskPrompts, attributes: prompted, width: promptable.width, initializer }
    return {
      ...(hasPrompt && { prompts: (block) => prompt(parameters, shape, block, codes) }),
      ...(hasAdapter && {
        adapt: (block, subLayer, output, residual) => {
          const adapter = parameters.child('adapter').child(String(block)).child(subLayer)
          return adapted(adapter, output, residual, config)
        },
      }),
    }
  }
  const erased = (scope: Scope, vectors: Tensor): Tensor =>
    config.erasure ? erasureLayer(scope.root().child(place).child('erasure'), vectors) : vectors
  return {
    prompted,
    userVectors(scope, query, codes) {
      return erased(scope, promptable.userVectors(scope.root(), query, insertions(scope, codes)))
    },
    ...(promptable.prefixVectors && {
      prefixVectors: (scope, query, codes) => {
        return erased(scope, promptable.prefixVectors!(scope.root(), query, insertions(scope, codes)))
      },
    }),
  }
}

/** Names of the parameters that {@link eliminator} has besides those of the recommender. */
export const eliminatorNames = {
  root: `${place}/`,
  /**
   * Whether a parameter of its own learns. Erasure stands still, also against a kernel: to that a direction of little variance hardly
   * counts, and what crept back into one an attacker would find.
   */
  isTrained: (name: string): boolean => name.startsWith(own),
  /** Path of the layer that stands still. */
  erasure: `${place}/erasure`,
  /** Whether a parameter belongs to a listener, which serves nobody either. */
  isListener: (name: string): boolean => name.startsWith(`${place}/listeners/`),
  /** Whether a parameter belongs to an adversary, which serves nobody. */
  isAdversary: (name: string): boolean => name.startsWith(`${place}/adversary/`),
} as const

/** N(mean, deviation^2) of the numbers in the item table of a trained recommender, as the released code starts prompts. */
export function promptInitializer(trained: ParameterStore): Initializer {
  const { data, shape } = trained.get(itemTableName)
  const numbers = data.subarray(shape[1])
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length
  const deviation = Math.sqrt(variance)
  return (values, _, rng) => {
    for (let i = 0; i < values.length; i++) values[i] = mean + deviation * rng.normal()
  }
}
