import {
  allocate,
  toOnnx,
  type Graph,
  type HostTensor,
  type Runtime,
  type SessionOptions,
  type Tensor,
} from '@veilrec/core'

/**
 * Compiles and runs a graph once on a runtime: what {@link interpret} computes in float64, with the
 * runtime's own arithmetic. Shapes are static; feeds that no output needs are left out.
 */
export async function runGraph(
  runtime: Runtime,
  graph: Graph,
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, HostTensor>>,
  options: SessionOptions = { threads: 1 },
): Promise<HostTensor[]> {
  // An input or a repeated tensor is no output of an ONNX model, but a gradient can well be one.
  const computed = outputs.filter(({ name }) => !graph.inputs.has(name))
  const distinct = [...new Map(computed.map((output) => [output.name, output])).values()]
  const model = toOnnx(graph, distinct)
  const session = await runtime.load(model.bytes, options)
  const fetches = Object.fromEntries(
    distinct.map((output) => {
      const dims = output.shape as readonly number[]
      const size = dims.reduce((product, dim) => product * dim, 1)
      return [output.name, { dtype: output.dtype, dims, data: allocate(output.dtype, size) }] as const
    }),
  )
  const used = model.inputNames.map((name) => [name, feeds[name] as HostTensor] as const)
  await session.run(Object.fromEntries(used), fetches)
  await session.release()
  return outputs.map(({ name }) => (fetches[name] ?? feeds[name]) as HostTensor)
}
