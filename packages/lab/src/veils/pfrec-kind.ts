import { join } from 'node:path'
import {
  defenceLabels,
  eliminator,
  eliminatorStore,
  fillMemory,
  frozenScorer,
  initializeEliminator,
  leaveOneOutTargets,
  memorySize,
  pfrecGame,
  pfrecMethod,
  pfrecPresets,
  pfrecSchema,
  pfrecVeil,
  promptInitializer,
  requirementKey,
  requirementsOf,
  Rng,
  servingParameters,
  timeBuckets,
  VeilrecError,
  type DefenceLabels,
  type Eliminator,
  type Histories,
  type ParameterStore,
  type PfrecConfig,
  type PromptedAttribute,
  type Recommender,
  type Requirement,
  type TrainedEliminator,
  type Veil,
} from '@veilrec/core'
import { createOrtRuntime, type StoredTensor } from '@veilrec/runtime'

import { attributesOf } from '../attributes.js'
import { historyGraph, historyRows } from '../history-graph.js'
import type { LoadedRun } from '../load-run.js'
import { readEliminator, writeEliminator, type FinishedEliminator } from './pfrec-work.js'
import { declareParameters, trainGame } from './train-game.js'
import { restoreParameters } from './vector-kind.js'
import { veilJudge } from './veil-judge.js'
import type { StoredVeil, VeilKind, VeilStep, VeilTask } from './veil-kind.js'
import { wholeHistories } from './whole-histories.js'

/**
 * `pfrec`: one bias eliminator for each requirement, trained one after the other on the frozen recommender and stored together
 * (Wu et al. 2022). It needs a recommender that is a transformer.
 *
 * Tensors, float32: `REQUIREMENT/NAME` for each parameter of the requirement's eliminator. An eliminator that is finished, and the
 * one that is being trained after every epoch, is in the work folder.
 */
export const pfrecKind: VeilKind<PfrecConfig> = {
  method: pfrecMethod,
  summary: 'prompts and adapters in a frozen transformer, one set for each combination of attributes',
  schema: pfrecSchema,
  presets: pfrecPresets,

  async make(task) {
    const names = task.attributes.map(({ name }) => name)
    const requirements = requirementsOf(names)
    const labels = defenceLabels(task.attributes, task.run.dataset.userGroup, {
      holdoutShare: task.config.holdoutShare,
      rng: task.rng.split('holdout'),
    })
    const probabilities = task.config.opponent === 'kernel' ? await toldOfEverybody(task, labels) : undefined
    const finished: FinishedEliminator[] = []
    for (const [index, requirement] of requirements.entries()) {
      const path = join(task.workFolder, `eliminator-${index}.safetensors`)
      const step: VeilStep = (stage, done, total, about) => {
        return task.step(stage, index * total + done, requirements.length * total, about)
      }
      const known = await readEliminator(path)
      const made = known ?? (await train({ ...task, step }, { requirement, labels, probabilities, index }))
      if (known === undefined) await writeEliminator(path, made)
      finished.push(made)
    }
    const tensors = finished.flatMap(({ tensors: own }, index) => {
      const key = requirementKey(requirements[index]!)
      return [...own].map(([name, tensor]): [string, StoredTensor] => [`${key}/${name}`, tensor])
    })
    return { requirements, tensors: new Map(tensors), training: finished.map(({ record }) => record) }
  },

  restore(stored) {
    const { recommender } = stored.run
    const eliminators = restored(stored)
    return pfrecVeil({ recommender, eliminators, base: stored.base, runtime: createOrtRuntime() })
  },

  serve(stored) {
    const times = timeBuckets(stored.run.recommender.historyLength)
    const graphs = restored(stored).flatMap(({ requirement, eliminator: made, store }) => {
      const parameters = tensorsOf(stored, requirement)
      return times.map((time) => {
        const userVectors: Recommender['userVectors'] = (scope, query) => made.userVectors(scope, query)
        const model = historyGraph(store, userVectors, time)
        return { requirement, time, graph: { rows: historyRows, model, parameters } }
      })
    })
    return { form: 'history', graphs }
  },
}

/** The eliminators of a stored veil with their parameters, in the order of its requirements. */
function restored(stored: StoredVeil<PfrecConfig>): TrainedEliminator[] {
  const { run, manifest, config, path } = stored
  const shapes = attributesOf(run.dataset, manifest.attributes).map(shapeOf)
  return manifest.requirements.map((requirement) => {
    const made = untrained(run, config, requirement, shapes, Rng.fromSeed(0))
    servingParameters(made.store, made.eliminator)
    restoreParameters(made.store, tensorsOf(stored, requirement), path)
    return { requirement, ...made }
  })
}

/** The tensors of the eliminator of one requirement, by the names of its parameters. */
function tensorsOf(
  { tensors }: StoredVeil<PfrecConfig>,
  requirement: Requirement,
): ReadonlyMap<string, StoredTensor> {
  const prefix = `${requirementKey(requirement)}/`
  const own = [...tensors].filter(([name]) => name.startsWith(prefix))
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

interface UntrainedEliminator {
  readonly eliminator: Eliminator
  readonly store: ParameterStore
}

/** @throws VeilrecError `INVALID_ARGUMENT` for a recommender that has no place for prompts. */
function untrained(
  run: LoadedRun,
  config: PfrecConfig,
  requirement: Requirement,
  attributes: readonly PromptedAttribute[],
  rng: Rng,
): UntrainedEliminator {
  const { store: trained } = run
  const { promptable } = run.recommender
  if (promptable === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `pfrec puts prompts into a transformer, and ${run.manifest.model} is none`,
      { run: run.name, model: run.manifest.model },
      'Train sasrec or bert4rec, or use another method.',
    )
  }
  const initializer = promptInitializer(trained)
  const made = eliminator(config, { promptable, requirement, attributes, initializer })
  return { eliminator: made, store: eliminatorStore(rng, trained, config) }
}

/** Class probabilities `[numUsers, numClasses]` by attribute, at the newest moment that may train. */
async function toldOfEverybody(task: VeilTask<PfrecConfig>, labels: DefenceLabels): Promise<Float32Array[]> {
  const { probabilities } = await wholeHistories(task, labels)
  return probabilities.map((values) => values.subarray(values.length / 2))
}

/** One eliminator to be trained. */
interface Training {
  readonly requirement: Requirement
  readonly labels: DefenceLabels
  readonly probabilities: readonly Float32Array[] | undefined
  /** Among the requirements. */
  readonly index: number
}

async function train(
  task: VeilTask<PfrecConfig>,
  { requirement, labels, probabilities, index }: Training,
): Promise<FinishedEliminator> {
  const { run, config, base, runtime, threads, step } = task
  const { dataset, dimension, recommender } = run
  const key = requirementKey(requirement)
  const rng = task.rng.split(`${pfrecMethod} ${key}`)
  const shapes = task.attributes.map(shapeOf)
  const { eliminator: made, store } = untrained(run, config, requirement, shapes, rng.split('parameters'))
  const { known } = leaveOneOutTargets(dataset.histories, 'validation')
  const game = pfrecGame({
    config,
    eliminator: made,
    requirement,
    labels,
    histories: known,
    historyLength: recommender.historyLength,
    dimension,
    scorer: frozenScorer(recommender, run.store, dataset.numItems),
    ...(probabilities && { probabilities }),
  })
  declareParameters(game, store, rng)
  if (config.erasure) {
    const vectors = await base(leaveOneOutTargets(dataset.histories, 'test').known)
    initializeEliminator(config, requirement, store, { dimension, vectors, labels })
  }
  const session = threads === undefined ? {} : { threads }
  const eliminators = [{ requirement, eliminator: made, store }]
  const veil = pfrecVeil({ recommender, eliminators, base, runtime, session })
  if (probabilities) await remember(veil, store, { known, requirement, labels, probabilities, rng })
  const outcome = await trainGame({
    game,
    store,
    runtime,
    ...session,
    rng,
    settings: config,
    judge: veilJudge({ run, veil, labels, requirements: [requirement], rng: task.rng.split('judge') }),
    checkpoint: { path: join(task.workFolder, `training-${index}.safetensors`), identity: key },
    step,
    stage: `${pfrecMethod} ${key}`,
  })
  const tensors = new Map<string, StoredTensor>()
  for (const name of servingParameters(store, made)) {
    const { shape, data } = store.get(name)
    tensors.set(name, { shape, data })
  }
  return { tensors, record: { name: key, ...outcome } }
}

/** Fills the memory of an eliminator with users as it makes their vectors before it has learned anything. */
async function remember(
  veil: Veil,
  store: ParameterStore,
  about: Pick<Training, 'requirement' | 'labels'> & {
    readonly known: Histories
    readonly probabilities: readonly Float32Array[]
    readonly rng: Rng
  },
): Promise<void> {
  const { known, requirement, labels, rng } = about
  const everybody = Int32Array.from({ length: known.offsets.length - 1 }, (_, user) => user)
  const users = rng.split('memory').shuffle(everybody).slice(0, memorySize(store))
  const vectors = await veil.encode(
    known,
    Array.from(users, () => requirement),
    users,
  )
  const probabilities = new Map<string, Float32Array>()
  labels.attributes.forEach(({ name, numClasses }, index) => {
    const rows = new Float32Array(users.length * numClasses)
    users.forEach((user, row) => {
      const from = user * numClasses
      rows.set(about.probabilities[index]!.subarray(from, from + numClasses), row * numClasses)
    })
    probabilities.set(name, rows)
  })
  fillMemory(store, { users, vectors, probabilities })
}

function shapeOf({
  name,
  classes,
}: {
  readonly name: string
  readonly classes: readonly string[]
}): PromptedAttribute {
  return { name, numClasses: classes.length }
}
