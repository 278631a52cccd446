import {
  batchDim,
  createTrace,
  ops,
  queryName,
  Scope,
  toOnnx,
  type OnnxModel,
  type ParameterStore,
} from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'

import { loadRun, type LoadedRun } from './load-run.js'
import { veilrecVersion } from './version.js'

/** What {@link exportOnnx} is asked to do. */
export interface ExportOnnxRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** The file to write; one that is there is replaced. */
  readonly file: string
}

/** What {@link exportOnnx} wrote. */
export interface ExportOnnxResult {
  readonly run: string
  readonly file: string
  readonly bytes: number
  readonly input: {
    readonly name: string
    readonly type: 'int32'
    readonly shape: readonly (string | number)[]
  }
  readonly output: {
    readonly name: string
    readonly type: 'float32'
    readonly shape: readonly (string | number)[]
  }
}

/**
 * Writes the recommender of a run as one ONNX model with its parameters inside.
 *
 * Input `history`, int32 `[batch, historyLength]`: item indices, oldest first, padded with 0 on the right; or `users`,
 * int32 `[batch]`, `1 + user index`, where the recommender reads no history. Output `scores`, float32
 * `[batch, numItems + 1]`: higher is better, entry 0 (padding) is -Infinity, items of the history are scored like all
 * others. A history without items scores 0 throughout. An index is a row of the data set's `items.parquet`, from 1.
 *
 * The veils of a run are not part of it: these are the scores of the bare recommender.
 *
 * @throws VeilrecError `RUN_NOT_FOUND`, `RUN_UNFINISHED`, `FILE_UNWRITABLE`
 * @example
 * await exportOnnx({ home, run: 'latest', file: 'films.onnx' })
 */
export async function exportOnnx({
  home,
  run: reference,
  file,
}: ExportOnnxRequest): Promise<ExportOnnxResult> {
  const run = await loadRun(home, reference)
  const { bytes } = onnxModelOf(run)
  await writeFileAtomic(file, bytes)
  const name = queryName(run.recommender)
  const { historyLength } = run.recommender
  return {
    run: run.name,
    file,
    bytes: bytes.length,
    input: { name, type: 'int32', shape: historyLength === 0 ? ['batch'] : ['batch', historyLength] },
    output: { name: 'scores', type: 'float32', shape: ['batch', run.dataset.numItems + 1] },
  }
}

/** The model that {@link exportOnnx} writes. */
export function onnxModelOf(run: LoadedRun): OnnxModel {
  const { recommender, store, dataset, manifest } = run
  const trace = createTrace(store, { training: false, lazyTables: false })
  const scope = new Scope(trace)
  const shape = recommender.historyLength === 0 ? [batchDim] : [batchDim, recommender.historyLength]
  const vectors = recommender.userVectors(scope, scope.input(queryName(recommender), 'int32', shape))
  const inner = recommender.scorer.catalogue(scope, vectors)
  const noPadding = new Float32Array(dataset.numItems + 1)
  noPadding[0] = -Infinity
  const scores = ops.add(inner, trace.graph.constant(noPadding, 'float32', [1, noPadding.length]))
  return toOnnx(trace.graph, [scores], {
    outputNames: ['scores'],
    initializers: valuesOf(store),
    metadata: {
      'veilrec.version': veilrecVersion,
      'veilrec.run': run.name,
      'veilrec.model': manifest.model,
      'veilrec.dataset': dataset.name,
      'veilrec.datasetHash': dataset.hash,
    },
  })
}

function valuesOf(store: ParameterStore): ReadonlyMap<string, Float32Array> {
  return new Map(store.list().map(({ name, data }) => [name, data]))
}
