import {
  createTrace,
  fillDropoutMask,
  ParameterStore,
  Rng,
  Scope,
  type BatchInputs,
  type HostTensor,
  type Tensor,
} from '@veilrec/core'

import { checkGraphGradient, type GradientCheck } from './check-gradient.js'
import type { LayerCheckOptions } from './check-layer.js'

/**
 * {@link checkGradient} of a training objective: traces it over new parameters, feeds the inputs it declares and checks
 * the gradients of all parameters, dropout masks held fixed.
 *
 * @param inputs host arrays by the names that the objective declares.
 * @returns the loss and the gradients under the names of the parameters
 */
export async function checkObjective(
  objective: (scope: Scope) => { readonly loss: Tensor },
  inputs: BatchInputs,
  options: Omit<LayerCheckOptions, 'wrt'> = {},
): Promise<GradientCheck<string>> {
  const rng = Rng.fromSeed(options.seed ?? 1)
  const trace = createTrace(new ParameterStore(rng.split('parameters')), {
    training: options.training ?? true,
    lazyTables: false,
  })
  const { loss } = objective(new Scope(trace))
  const feeds: Record<string, HostTensor> = {}
  for (const [name, { dtype, shape }] of trace.inputs) {
    const data = inputs[name]
    if (data === undefined) throw new Error(`the objective declares "${name}", which is not given`)
    feeds[name] = { dtype, dims: shape as number[], data }
  }
  for (const { name, shape, data, paddingRow, tensor } of trace.store.list()) {
    const draws = rng.split(name)
    data.set(options.parameters?.[name] ?? data.map(() => 0.5 * draws.normal()))
    if (paddingRow) data.fill(0, 0, data.length / (shape[0] ?? 1))
    feeds[name] = tensor
  }
  for (const { tensor, rate } of trace.dropouts) {
    const dims = tensor.shape as number[]
    const mask = new Float32Array(dims.reduce((size, dim) => size * dim, 1))
    fillDropoutMask(mask, rate, rng.split(tensor.name))
    feeds[tensor.name] = { dtype: 'float32', dims, data: mask }
  }
  return checkGraphGradient(trace.graph, [loss], feeds, { ...options, wrt: [...trace.parameters.keys()] })
}
