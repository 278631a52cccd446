import { join } from 'node:path'
import {
  createTrace,
  defenceLabels,
  frozenScorer,
  leaveOneOutTargets,
  ParameterStore,
  requirementsOf,
  Rng,
  Scope,
  toOnnx,
  vectorGame,
  vectorVeil,
  VeilrecError,
  type DefenceLabels,
  type VectorModel,
  type VectorVeilConfig,
} from '@veilrec/core'
import { createOrtRuntime, type StoredTensor } from '@veilrec/runtime'
import type { z } from 'zod'

import { frozenWindows } from './frozen-windows.js'
import type { JointMethod } from './joint-method.js'
import { declareParameters, trainGame } from './train-game.js'
import { judgedRequirements, veilJudge } from './veil-judge.js'
import type { StoredVeil, VeilKind, VeilTask } from './veil-kind.js'
import { corruptVeil } from './veil-manifest.js'
import { servingTensors, vectorShape, type VectorShape } from './vector-shape.js'
import { wholeHistories } from './whole-histories.js'

/** Rows of every run of a served veil. A fixed number, so that a row does not depend on those beside it, to the last bit. */
const servedRows = 16

/** A method whose veils are functions of the frozen user vector; {@link vectorKind} makes a kind of veil of it. */
export interface VectorMethod<Config extends VectorVeilConfig> {
  readonly method: string
  /** See `VeilKind`. */
  readonly summary: string
  /** A strict object that spreads `vectorVeilSettings`. */
  readonly schema: z.ZodType<Config>
  readonly presets: Readonly<Record<string, object>>
  /** The part that serves. */
  veil(config: Config, shape: VectorShape): VectorModel['veil']
  /** The whole with what trains it. */
  model(config: Config, input: { readonly dimension: number; readonly labels: DefenceLabels }): VectorModel
  /** Sets initial values that follow from data, in a store that has all parameters already. */
  initialize?(
    config: Config,
    store: ParameterStore,
    data: {
      readonly dimension: number
      /** `[numUsers, dimension]`, of the test query: whole histories but the test item. */
      readonly vectors: Float32Array
      readonly labels: DefenceLabels
    },
  ): void
  /** See `VeilKind`. */
  readonly joint?: JointMethod
}

/**
 * The kind of veil of a method that veils frozen user vectors: windows of them are encoded once, the model's players are
 * trained on them ({@link trainGame}), and what `veil` traces is stored, by the names it has there, float32.
 */
export function vectorKind<Config extends VectorVeilConfig>(method: VectorMethod<Config>): VeilKind<Config> {
  const { method: name, summary, schema, presets, joint } = method
  return {
    method: name,
    summary,
    schema,
    presets,
    ...(joint && { joint }),
    make: (task) => make(method, task),
    restore(stored) {
      const { manifest, base, run } = stored
      return vectorVeil({
        method: name,
        ...restored(method, stored),
        attributes: manifest.attributes,
        base,
        dimension: run.dimension,
        runtime: createOrtRuntime(),
      })
    },
    serve(stored) {
      const { model, store } = restored(method, stored)
      const trace = createTrace(store, { training: false, lazyTables: false })
      const scope = new Scope(trace)
      const vectors = scope.input('vectors', 'float32', [servedRows, stored.run.dimension])
      const hidden = scope.input('hidden', 'float32', [servedRows, stored.manifest.attributes.length])
      const veiled = model.veil(scope, vectors, hidden)
      const graph = toOnnx(trace.graph, [veiled], { outputNames: ['veiled'] })
      return { form: 'vector', graph: { rows: servedRows, model: graph, parameters: stored.tensors } }
    },
  }
}

/** The part of a stored veil that serves, with its parameters. */
function restored<Config extends VectorVeilConfig>(
  method: VectorMethod<Config>,
  { run, manifest, config, tensors, path }: StoredVeil<Config>,
): { readonly model: Pick<VectorModel, 'veil'>; readonly store: ParameterStore } {
  const shape = vectorShape(run.dimension, run.dataset, manifest.attributes)
  const veil = method.veil(config, shape)
  const store = new ParameterStore(Rng.fromSeed(0))
  servingTensors(veil, store, shape)
  restoreParameters(store, tensors, path)
  return { model: { veil }, store }
}

async function make<Config extends VectorVeilConfig>(
  method: VectorMethod<Config>,
  task: VeilTask<Config>,
): ReturnType<VeilKind<Config>['make']> {
  const { run, attributes, config, base, rng, runtime, threads, step } = task
  const { dataset, dimension, recommender } = run
  const names = attributes.map(({ name }) => name)
  const labels = defenceLabels(attributes, dataset.userGroup, {
    holdoutShare: config.holdoutShare,
    rng: rng.split('holdout'),
  })
  const windows = await frozenWindows(task, config.windowsPerUser)
  const model = method.model(config, { dimension, labels })
  const scorer = frozenScorer(recommender, run.store, dataset.numItems)
  const windowsPerEpoch = Math.min(windows.users.length, dataset.numUsers * config.windowsPerUser)
  const audience = model.audienceSize === undefined ? {} : { audience: await wholeHistories(task, labels) }
  const game = vectorGame({ model, windows, labels, scorer, settings: config, windowsPerEpoch, ...audience })
  const stream = rng.split(method.method)
  const store = new ParameterStore(stream.split('parameters'), scorer.store)
  declareParameters(game, store, stream)
  if (method.initialize !== undefined) {
    const { known } = leaveOneOutTargets(dataset.histories, 'test')
    method.initialize(config, store, { dimension, vectors: await base(known), labels })
  }
  const session = threads === undefined ? {} : { threads }
  const veil = vectorVeil({
    method: method.method,
    model,
    store,
    attributes: names,
    base,
    dimension,
    runtime,
    session,
  })
  const outcome = await trainGame({
    game,
    store,
    runtime,
    ...session,
    rng: stream,
    settings: config,
    judge: veilJudge({ run, veil, labels, requirements: judgedRequirements(names), rng: rng.split('judge') }),
    checkpoint: { path: join(task.workFolder, 'training.safetensors'), identity: method.method },
    step,
    stage: method.method,
  })
  const tensors = servingTensors(model.veil, store, vectorShape(dimension, dataset, names))
  return { requirements: requirementsOf(names), tensors, training: [{ name: method.method, ...outcome }] }
}

/**
 * Puts stored tensors into a store that has the parameters already.
 *
 * @throws VeilrecError `VEIL_CORRUPT` unless names, sizes and kinds are those of the parameters and all numbers are finite.
 */
export function restoreParameters(
  store: ParameterStore,
  tensors: ReadonlyMap<string, StoredTensor>,
  path: string,
): void {
  const values = new Map<string, Float32Array>()
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array) || !data.every(Number.isFinite)) {
      throw corruptVeil(path, `the tensor "${name}" is not of finite float32 numbers`)
    }
    values.set(name, data)
  }
  try {
    store.restore(values)
  } catch (cause) {
    throw corruptVeil(path, VeilrecError.from(cause).message)
  }
}
