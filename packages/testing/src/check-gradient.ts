import { gradients, Graph, ops, Rng, type HostTensor, type Runtime, type Tensor } from '@veilrec/core'

import { distance } from './distance.js'
import { normals } from './host-values.js'
import { interpret } from './interpreter/interpret.js'
import type { Value } from './interpreter/value.js'
import { runGraph } from './run-graph.js'

/** Options of {@link checkGradient}. */
export interface GradientCheckOptions<Name extends string> {
  /** Runs the graph in float32; without one only the float64 part is checked. */
  readonly runtime?: Runtime
  /** Inputs whose gradients are checked; default: every float32 feed. */
  readonly wrt?: readonly NoInfer<Name>[]
  /** `false` at kinks, where a central difference is not the gradient. */
  readonly differences?: boolean
  /** Largest distance of gradients from central differences, both in float64. */
  readonly differenceTolerance?: number
  /** Largest distance of the runtime's values and gradients from the interpreter's. */
  readonly runtimeTolerance?: number
  /** Seed of the random weights on the outputs. */
  readonly seed?: number
  /** The weights themselves, one tensor per output, instead of random ones. */
  readonly above?: readonly HostTensor[]
}

/** What the interpreter gave, for further assertions. */
export interface GradientCheck<Name extends string> {
  readonly outputs: readonly Value[]
  /** Gradient of `sum(weights * outputs)` by input name. */
  readonly gradients: Readonly<Record<Name, Value>>
  /** The random weights, one tensor per output: the gradient that enters the operation from above. */
  readonly weights: readonly Float64Array[]
}

const step = 1e-5

/**
 * Checks an operation and its gradient. `build` makes a graph from inputs of the feeds' shapes; the
 * gradient of a random-weighted sum of its outputs is compared three times, in {@link distance}
 * (largest difference relative to the largest magnitude of the reference tensor, floor 0.01):
 *
 * - the backward graph in float64 against central differences of the forward graph in float64 (1e-6);
 * - the outputs of the runtime against those of the interpreter (1e-4);
 * - the gradients of the runtime against those of the interpreter (1e-4).
 *
 * @throws Error that names the check, the tensor and the worst element
 */
export async function checkGradient<Name extends string>(
  build: (inputs: Readonly<Record<Name, Tensor>>) => Tensor | readonly Tensor[],
  feeds: Readonly<Record<Name, HostTensor>>,
  options: GradientCheckOptions<Name> = {},
): Promise<GradientCheck<Name>> {
  const graph = new Graph()
  const names = Object.keys(feeds) as Name[]
  const inputs = Object.fromEntries(
    names.map((name) => [name, graph.input(name, feeds[name].dtype, feeds[name].dims)]),
  ) as Record<Name, Tensor>
  const outputs = [build(inputs)].flat() as Tensor[]
  return checkGraphGradient(graph, outputs, feeds, options)
}

/** {@link checkGradient} of a graph that is there already, for inputs of it by name. */
export async function checkGraphGradient<Name extends string>(
  graph: Graph,
  outputs: readonly Tensor[],
  feeds: Readonly<Record<Name, HostTensor>>,
  options: GradientCheckOptions<Name> = {},
): Promise<GradientCheck<Name>> {
  const {
    runtime,
    differences = true,
    differenceTolerance = 1e-6,
    runtimeTolerance = 1e-4,
    seed = 1,
  } = options
  const wrt = options.wrt ?? (Object.keys(feeds) as Name[]).filter((name) => feeds[name].dtype === 'float32')
  const rng = Rng.fromSeed(seed)
  const above = outputs.map(
    (output, index) => options.above?.[index] ?? normals(rng, output.shape as number[]),
  )
  const allFeeds: Record<string, HostTensor> = { ...feeds }
  const terms = outputs.map((output, index) => {
    const name = `weights of output ${index}`
    allFeeds[name] = above[index] as HostTensor
    return ops.sum(ops.mul(output, graph.input(name, 'float32', output.shape)))
  })
  const loss = terms.reduce((total, term) => ops.add(total, term))
  const targets = gradients(
    loss,
    wrt.map((name) => graph.tensor(name)),
  )

  const reference = interpret(graph, [...outputs, ...targets], allFeeds)
  const [forward, backward] = [reference.slice(0, outputs.length), reference.slice(outputs.length)]
  if (differences) {
    wrt.forEach((name, index) => {
      const estimate = centralDifferences(graph, loss, allFeeds, name)
      const what = `gradient of ${name} against differences`
      expectClose(what, (backward[index] as Value).data, estimate, differenceTolerance)
    })
  }
  if (runtime) {
    const received = await runGraph(runtime, graph, [...outputs, ...targets], allFeeds)
    received.forEach((tensor, index) => {
      const what = index < outputs.length ? `output ${index}` : `gradient of ${wrt[index - outputs.length]}`
      const values = Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number)
      expectClose(`${what} of the runtime`, values, (reference[index] as Value).data, runtimeTolerance)
    })
  }
  return {
    outputs: forward,
    gradients: Object.fromEntries(wrt.map((name, index) => [name, backward[index]])) as Record<Name, Value>,
    weights: above.map(({ data }) => Float64Array.from(data as Float32Array)),
  }
}

/** `(loss(x + h) - loss(x - h)) / 2h` for every element of one feed. */
function centralDifferences(
  graph: Graph,
  loss: Tensor,
  feeds: Readonly<Record<string, HostTensor>>,
  name: string,
): Float64Array {
  const { dims, data } = feeds[name] as HostTensor
  const centre = Float64Array.from(data as Float32Array)
  const lossAt = (index: number, value: number): number => {
    const moved: HostTensor = { dtype: 'float32', dims, data: centre.with(index, value) }
    const [result] = interpret(graph, [loss], { ...feeds, [name]: moved })
    return result?.data[0] as number
  }
  return centre.map((x, index) => (lossAt(index, x + step) - lossAt(index, x - step)) / (2 * step))
}

function expectClose(what: string, received: Float64Array, expected: Float64Array, tolerance: number): void {
  const worst = distance(received, expected)
  if (worst.relative <= tolerance) return
  throw new Error(
    `${what}: ${worst.received} at index ${worst.index}, expected ${worst.expected}; ` +
      `distance ${worst.relative.toExponential(2)} of scale ${worst.scale.toPrecision(3)}, at most ${tolerance}`,
  )
}
