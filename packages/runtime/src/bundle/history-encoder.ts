import { requirementKey, timeBucket, type Runtime } from '@veilrec/core'

import { BundleGraph } from './bundle-graphs.js'
import type { HistoryGraph } from './bundle-manifest.js'
import type { BundleModel } from './read-bundle.js'

/** A history to be encoded, by one family of graphs. */
export interface EncoderRow {
  /** Item indices, oldest first, at least one; the newest are read. */
  readonly history: Int32Array
  /** Key of the requirement whose graphs encode it; empty for those of the recommender itself. */
  readonly family: string
}

/** The graphs of a bundle that read histories: those of the recommender, and of a veil that is put into it. */
export class HistoryEncoder {
  readonly #graphs: ReadonlyMap<string, BundleGraph>
  readonly #dimension: number
  readonly #historyLength: number

  private constructor({ manifest: { model } }: BundleModel, graphs: ReadonlyMap<string, BundleGraph>) {
    this.#graphs = graphs
    this.#dimension = model.dimension
    this.#historyLength = model.historyLength
  }

  /** Loads every graph. */
  static async load(runtime: Runtime, bundle: BundleModel): Promise<HistoryEncoder> {
    const { manifest, graphs: files, parameters } = bundle
    const { model, veil } = manifest
    const graphs = new Map<string, BundleGraph>()
    const add = async (family: string, graph: HistoryGraph, prefix = ''): Promise<void> => {
      const output = { name: 'vectors', width: model.dimension }
      const about = { parameters, names: graph.parameters, rows: graph.rows, prefix, output }
      graphs.set(`${family} ${graph.time}`, await BundleGraph.load(runtime, files.get(graph.file)!, about))
    }
    for (const graph of model.graphs) await add('', graph)
    if (veil?.serving.form === 'history') {
      for (const graph of veil.serving.graphs) await add(requirementKey(graph.hide), graph, graph.prefix)
    }
    return new HistoryEncoder(bundle, graphs)
  }

  /** Vectors `[rows, dimension]`; a row does not depend on those beside it. */
  async encode(rows: readonly EncoderRow[]): Promise<Float32Array> {
    const vectors = new Float32Array(rows.length * this.#dimension)
    const groups = new Map<string, number[]>()
    rows.forEach(({ history, family }, row) => {
      const key = `${family} ${timeBucket(history.length, this.#historyLength)}`
      const group = groups.get(key)
      if (group) group.push(row)
      else groups.set(key, [row])
    })
    for (const [key, members] of groups) {
      const time = Number(key.slice(key.lastIndexOf(' ') + 1))
      const graph = this.#graphs.get(key)!
      const query = new Int32Array(members.length * time)
      members.forEach((row, place) => query.set(rows[row]!.history.subarray(-time), place * time))
      const encoded = await graph.run(members.length, { history: { data: query, width: time } })
      members.forEach((row, place) => {
        const vector = encoded.subarray(place * this.#dimension, (place + 1) * this.#dimension)
        vectors.set(vector, row * this.#dimension)
      })
    }
    return vectors
  }

  /** Runs every graph once, so that nothing is compiled or allocated while somebody waits. */
  async warmUp(): Promise<void> {
    for (const [key, graph] of this.#graphs) {
      const time = Number(key.slice(key.lastIndexOf(' ') + 1))
      const data = new Int32Array(time).fill(1)
      await graph.run(1, { history: { data, width: time } })
    }
  }

  /** Frees the graphs. */
  async release(): Promise<void> {
    for (const graph of this.#graphs.values()) await graph.release()
  }
}
