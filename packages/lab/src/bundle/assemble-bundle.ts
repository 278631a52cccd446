import { requirementKey, timeBuckets, VeilrecError, type OnnxModel } from '@veilrec/core'
import {
  bundleFormatVersion,
  bundleManifestFile,
  encodeSafetensors,
  sealManifest,
  type BundleManifest,
  type BundleVeilManifest,
  type HistoryGraph,
  type StoredTensor,
} from '@veilrec/runtime'
import { createHash } from 'node:crypto'

import { historyGraph, historyRows } from '../history-graph.js'
import type { LoadedRun } from '../load-run.js'
import type { ServedGraph, ServedVeil } from '../veils/veil-kind.js'
import type { VeilManifest } from '../veils/veil-manifest.js'
import { veilrecVersion } from '../version.js'
import type { BundleAudit } from './bundle-audit.js'
import { catalogueTable, historyTable } from './bundle-tables.js'

/** What a bundle is made of. */
export interface BundleParts {
  readonly run: LoadedRun
  /** SHA-256 (hex) of the recommender's parameters. */
  readonly recommenderSha256: string
  /** Null for a recommender without a veil. */
  readonly veil: {
    readonly manifest: Pick<VeilManifest, 'method' | 'attributes' | 'requirements'>
    readonly served: ServedVeil
    readonly audit: BundleAudit | undefined
  } | null
  /** Whether the histories of the data set's users go with it. */
  readonly withHistories: boolean
}

/** A bundle that is not written yet. */
export interface AssembledBundle {
  readonly manifest: BundleManifest
  /** Contents by file name, `bundle.json` among them. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

const parameterFile = 'parameters.safetensors'

/**
 * Puts a bundle together, in memory. Equal parts give equal bytes; no value of an attribute of a user is among them.
 *
 * @throws VeilrecError `BUNDLE_UNSUPPORTED` for a recommender that reads no history or scores by anything but an inner product.
 */
export function assembleBundle({
  run,
  recommenderSha256,
  veil,
  withHistories,
}: BundleParts): AssembledBundle {
  const { recommender, store, dataset, manifest: about } = run
  const files = new Map<string, Uint8Array>()
  const parameters = new Map<string, StoredTensor>(
    store.list().map(({ name, shape, data }) => [name, { shape, data }]),
  )
  const { itemVectors } = recommender.scorer
  if (recommender.historyLength === 0 || itemVectors === undefined) throw unsupported(run)
  const vectors = itemVectors(store)
  let vectorsName = store.list().find(({ data }) => data === vectors)?.name
  if (vectorsName === undefined) {
    vectorsName = 'scorer/items'
    parameters.set(vectorsName, { shape: [dataset.numItems + 1, run.dimension], data: vectors })
  }
  const names = ({ inputNames }: OnnxModel, fed: readonly string[]): string[] => {
    return inputNames.filter((name) => !fed.includes(name))
  }
  const addHistoryGraph = (file: string, time: number, model: OnnxModel): HistoryGraph => {
    files.set(file, model.bytes)
    return { file, time, rows: historyRows, parameters: names(model, ['history']) }
  }
  const addParameters = (graph: ServedGraph, prefix: string): void => {
    for (const [name, tensor] of graph.parameters) {
      if (parameters.has(prefix + name)) {
        throw new VeilrecError('INTERNAL', `two parameters of a bundle are named ${prefix + name}`)
      }
      parameters.set(prefix + name, tensor)
    }
  }
  const graphs = timeBuckets(recommender.historyLength)
    .sort((a, b) => a - b)
    .map((time) => {
      const model = historyGraph(store, (scope, query) => recommender.userVectors(scope, query), time)
      return addHistoryGraph(`history-${time}.onnx`, time, model)
    })

  const serving = (served: ServedVeil): BundleVeilManifest['serving'] => {
    if (served.form === 'affine') {
      const file = 'veil.safetensors'
      const tensors = [...served.maps].flatMap(
        ([key, { dimension, projection, bias }]): [string, StoredTensor][] => [
          [`projection/${key}`, { shape: [dimension, dimension], data: projection }],
          [`bias/${key}`, { shape: [dimension], data: bias }],
        ],
      )
      files.set(file, safetensors(new Map(tensors)))
      return { form: 'affine', file }
    }
    if (served.form === 'vector') {
      const file = 'veil.onnx'
      const { model, rows } = served.graph
      files.set(file, model.bytes)
      addParameters(served.graph, '')
      return { form: 'vector', file, rows, parameters: names(model, ['vectors', 'hidden']) }
    }
    const keys = [...new Set(served.graphs.map(({ requirement }) => requirementKey(requirement)))]
    for (const key of keys) {
      const first = served.graphs.find(({ requirement }) => requirementKey(requirement) === key)!
      addParameters(first.graph, `veil/${key}/`)
    }
    return {
      form: 'history',
      graphs: served.graphs.map(({ requirement, time, graph }) => {
        const key = requirementKey(requirement)
        const added = addHistoryGraph(`veil-${keys.indexOf(key) + 1}-${time}.onnx`, time, graph.model)
        return { ...added, hide: [...requirement], prefix: `veil/${key}/` }
      }),
    }
  }
  const veilManifest: BundleVeilManifest | null = veil && {
    method: veil.manifest.method,
    attributes: [...veil.manifest.attributes],
    requirements: veil.manifest.requirements.map((hide) => ({
      hide: [...hide],
      audit: veil.audit?.figures.get(requirementKey(hide)) ?? null,
    })),
    audit: veil.audit?.about ?? null,
    serving: serving(veil.served),
  }
  files.set(parameterFile, safetensors(parameters))
  files.set('items.parquet', catalogueTable(dataset))
  if (withHistories) files.set('histories.parquet', historyTable(dataset))

  const manifest = sealManifest({
    formatVersion: bundleFormatVersion,
    veilrecVersion,
    model: {
      id: run.name,
      kind: about.model,
      version: recommenderSha256.slice(0, 12),
      historyLength: recommender.historyLength,
      dimension: run.dimension,
      itemVectors: vectorsName,
      graphs,
      parameters: parameterFile,
    },
    catalogue: {
      dataset: dataset.name,
      file: 'items.parquet',
      items: dataset.numItems,
      hasTitles: dataset.itemTitles !== undefined,
      properties: (dataset.itemProperties ?? []).map(({ name }) => name),
    },
    veil: veilManifest,
    histories: withHistories ? { file: 'histories.parquet', users: dataset.numUsers } : null,
    files: Object.fromEntries(
      [...files]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, bytes]) => {
          return [name, { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }]
        }),
    ),
  })
  files.set(bundleManifestFile, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
  return { manifest, files }
}

function safetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  return Buffer.concat([...encodeSafetensors(tensors)])
}

function unsupported({ name, manifest: { model } }: LoadedRun): VeilrecError {
  return new VeilrecError(
    'BUNDLE_UNSUPPORTED',
    `${model} cannot be served: it has a vector for each user it was trained on, and a bundle serves histories`,
    { run: name, model },
    'Train a sequential recommender such as sasrec.',
  )
}
