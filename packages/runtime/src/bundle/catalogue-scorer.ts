import {
  batchDim,
  createTrace,
  innerProductBound,
  ops,
  ParameterStore,
  Rng,
  Scope,
  screenedTopK,
  toOnnx,
  type Runtime,
  type ScreenedTopKOptions,
  type TopK,
} from '@veilrec/core'

import { BundleGraph } from './bundle-graphs.js'
import type { BundleModel } from './read-bundle.js'

/**
 * Ranks the catalogue for vectors by inner product, as `vectorScores` of `@veilrec/core` does and to the same lists: the engine's
 * float32 scores only rule items out, those that are left are scored in float64 in the order of the dimensions.
 */
export class CatalogueScorer {
  readonly #graph: BundleGraph
  readonly #items: Float32Array
  readonly #dimension: number
  /** Of the longest item vector. */
  readonly #length: number
  #room = new Float32Array()

  private constructor(graph: BundleGraph, items: Float32Array, dimension: number) {
    this.#graph = graph
    this.#items = items
    this.#dimension = dimension
    this.#length = 0
    for (let at = 0; at < items.length; at += dimension) {
      this.#length = Math.max(this.#length, lengthOf(items.subarray(at, at + dimension)))
    }
  }

  /** Loads the item vectors into a graph of their own. */
  static async load(
    runtime: Runtime,
    { manifest: { model }, parameters }: BundleModel,
  ): Promise<CatalogueScorer> {
    const { dimension } = model
    const items = parameters.get(model.itemVectors)!.data as Float32Array
    const trace = createTrace(new ParameterStore(Rng.fromSeed(0)), { training: false })
    const vectors = new Scope(trace).input('vectors', 'float32', [batchDim, dimension])
    const table = trace.graph.constant(items, 'float32', [items.length / dimension, dimension])
    const scores = ops.matmul(vectors, table, { transposeB: true })
    const { bytes } = toOnnx(trace.graph, [scores], { outputNames: ['scores'] })
    const output = { name: 'scores', width: items.length / dimension }
    const graph = await BundleGraph.load(runtime, bytes, { parameters, names: [], output })
    return new CatalogueScorer(graph, items, dimension)
  }

  /** Scores `[rows, numItems + 1]` of vectors `[rows, dimension]`, up to rounding; the next call overwrites them. */
  async screen(vectors: Float32Array): Promise<Float32Array> {
    const dimension = this.#dimension
    const rows = vectors.length / dimension
    // Megabytes for a batch on a large catalogue: made anew each time, collecting them takes as long as what they are for.
    const numbers = (rows * this.#items.length) / dimension
    if (this.#room.length < numbers) this.#room = new Float32Array(numbers)
    return this.#graph.run(rows, { vectors: { data: vectors, width: dimension } }, this.#room)
  }

  /** The best items of one vector by its row of {@link screen}. */
  best(vector: Float32Array, screen: Float32Array, k: number, options: ScreenedTopKOptions): TopK {
    const dimension = this.#dimension
    const items = this.#items
    const exact = (item: number): number => {
      const at = item * dimension
      let sum = 0
      for (let i = 0; i < dimension; i++) sum += vector[i]! * items[at + i]!
      return sum
    }
    const bound = innerProductBound(dimension, lengthOf(vector), this.#length)
    return screenedTopK({ screen, bound, exact }, k, options)
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.#graph.release()
  }
}

function lengthOf(vector: Float32Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += vector[i]! ** 2
  return Math.sqrt(sum)
}
