import {
  createTrace,
  fillDropoutMask,
  ParameterStore,
  Rng,
  Scope,
  type HostTensor,
  type Tensor,
} from '@veilrec/core'

import { checkGraphGradient, type GradientCheck, type GradientCheckOptions } from './check-gradient.js'

/** Options of {@link checkLayer}. */
export interface LayerCheckOptions extends GradientCheckOptions<string> {
  /** Values of parameters by name; the others are drawn from N(0, 0.5^2). */
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>
  /** Traces for training; default true. */
  readonly training?: boolean
}

/**
 * {@link checkGradient} of a layer: traces it over new parameters and checks the gradients of the
 * float32 feeds and of all parameters, dropout masks held fixed.
 *
 * @returns values and gradients under the names of feeds and parameters
 */
export async function checkLayer<Name extends string>(
  build: (scope: Scope, inputs: Readonly<Record<Name, Tensor>>) => Tensor | readonly Tensor[],
  feeds: Readonly<Record<Name, HostTensor>>,
  options: LayerCheckOptions = {},
): Promise<GradientCheck<string>> {
  const rng = Rng.fromSeed(options.seed ?? 1)
  const trace = createTrace(new ParameterStore(rng.split('parameters')), {
    training: options.training ?? true,
  })
  const scope = new Scope(trace)
  const inputs = Object.fromEntries(
    (Object.keys(feeds) as Name[]).map((name) => [
      name,
      scope.input(name, feeds[name].dtype, feeds[name].dims),
    ]),
  ) as Record<Name, Tensor>
  const outputs = [build(scope, inputs)].flat() as Tensor[]
  const allFeeds: Record<string, HostTensor> = { ...feeds }
  for (const { name, tensor, data } of trace.store.list()) {
    const draws = rng.split(name)
    data.set(options.parameters?.[name] ?? data.map(() => 0.5 * draws.normal()))
    allFeeds[name] = tensor
  }
  for (const { tensor, rate } of trace.dropouts) {
    const mask = new Float32Array((tensor.shape as number[]).reduce((size, dim) => size * dim, 1))
    fillDropoutMask(mask, rate, rng.split(tensor.name))
    allFeeds[tensor.name] = { dtype: 'float32', dims: tensor.shape as number[], data: mask }
  }
  const differentiable = [...Object.keys(feeds), ...trace.parameters.keys()].filter(
    (name) => (allFeeds[name] as HostTensor).dtype === 'float32',
  )
  return checkGraphGradient(trace.graph, outputs, allFeeds, { wrt: differentiable, ...options })
}
