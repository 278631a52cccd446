import { basename, join } from 'node:path'

import {
  defenceLabels,
  Encoder,
  leaveOneOutTargets,
  recommenderKind,
  requirementsOf,
  Rng,
  vectorVeil,
  VeilrecError,
  type BaseEncoder,
} from '@veilrec/core'

import { attributesOf } from './attributes.js'
import { removePartialCheckpoints } from './checkpoint.js'
import { untrained } from './load-run.js'
import { appendMetrics, rewindMetrics } from './metrics-log.js'
import type { JointVeil } from './run-config.js'
import type { TrainedRun, TrainingJob, TrainingSurroundings } from './training-loop.js'
import { jointMethod } from './veils/joint-method.js'
import { recommenderSha256 } from './veils/recommender-hash.js'
import { declareParameters, trainGame, type GameLog } from './veils/train-game.js'
import type { TrainingRecord } from './veils/training-record.js'
import { servingTensors, vectorShape } from './veils/vector-shape.js'
import { writeVeil } from './veils/veil-folder.js'
import { judgedRequirements, veilJudge } from './veils/veil-judge.js'
import type { MadeVeil, VeilStep } from './veils/veil-kind.js'
import { veilrecVersion } from './version.js'

/** A run that was trained together with its veil. */
export interface TrainedJointRun extends TrainedRun {
  readonly veil: MadeVeil
}

/**
 * Trains a recommender and its veil together: one game over the parameters of both, all of which move. The recommender starts from the
 * values that it would have without the veil.
 *
 * Every `evaluateEvery` epochs `veilJudge` looks at each attribute hidden alone, at all of them together, and at the recommender
 * with nothing hidden; the choice among these looks is that of every veil. A checkpoint is written after every epoch and when
 * `shouldStop` says so; a resumed training ends with the same bytes as an uninterrupted one.
 *
 * @throws VeilrecError `ABORTED` after `shouldStop`, `NOT_FINITE`, `CHECKPOINT_REFUSED`, `FILE_UNWRITABLE`; `INVALID_ARGUMENT` where
 * the defence users' labels cannot be learned from.
 */
export async function runJointTraining(
  job: TrainingJob,
  { method, attributes: names, config }: JointVeil,
  { runtime, shouldStop, onProgress }: TrainingSurroundings,
): Promise<TrainedJointRun> {
  const { folder, dataset, model, configHash, seed, threads } = job
  const joint = jointMethod(method)
  const settings = joint.schema.parse(config)
  const rng = Rng.fromSeed(seed)
  const labels = defenceLabels(attributesOf(dataset, names), dataset.userGroup, {
    holdoutShare: settings.holdoutShare,
    rng: rng.split('holdout'),
  })
  const { known } = leaveOneOutTargets(dataset.histories, 'validation')
  const { recommender, store } = untrained(model, job.config, dataset, seed)
  const { epochs, maxMinutes, patience } = job.config.training
  const evaluateEvery = Math.min(job.config.training.evaluateEvery, epochs)
  const training = { ...job.config.training, evaluateEvery }
  onProgress({ stage: `${method}: what items tell`, done: 0, total: 1 })
  const game = await joint.game(settings, {
    recommender,
    histories: known,
    numItems: dataset.numItems,
    labels,
    training,
    runtime,
    rng,
  })
  declareParameters(game, store, rng)

  const session = { threads }
  const encoder = new Encoder(runtime, recommender, store, session)
  // A look asks for the same users under one requirement after the other.
  let seen: Promise<Float32Array> | undefined
  const base: BaseEncoder = (histories, users) => (seen ??= encoder.encode(histories, users))
  const { dimension } = recommender
  const shape = vectorShape(dimension, dataset, names)
  const veil = joint.veil(settings, shape)
  const judge = veilJudge({
    run: { dataset, dimension, scores: (vectors) => recommender.scorer.scores(store, vectors) },
    veil: vectorVeil({
      method,
      model: { veil },
      store,
      attributes: names,
      base,
      dimension,
      runtime,
      session,
    }),
    labels,
    requirements: [[], ...judgedRequirements(names)],
    rng: rng.split('judge'),
  })
  const step: VeilStep = (stage, done, total, about = {}) => {
    if (shouldStop()) {
      return Promise.reject(new VeilrecError('ABORTED', 'training stopped; its state is kept', { stage }))
    }
    onProgress({ stage, done, total, ...about })
    return Promise.resolve()
  }
  if (job.resume) await removePartialCheckpoints(folder)
  const identity = JSON.stringify({ method, model, configHash, datasetHash: dataset.hash, seed })
  try {
    const { seconds, ...outcome } = await trainGame({
      game,
      store,
      runtime,
      threads,
      rng: rng.split(method),
      settings: { epochs: Math.floor(epochs / evaluateEvery), maxMinutes, patience },
      judge: () => {
        seen = undefined
        return judge()
      },
      checkpoint: { path: join(folder, 'checkpoint', 'latest.safetensors'), identity, mustFit: true },
      log: metricsLog(folder, evaluateEvery),
      step,
      stage: method,
    })
    const chosen = outcome.judgements[outcome.bestEpoch - 1]!
    const { store: own } = untrained(model, job.config, dataset, seed)
    own.restore(new Map(own.list().map(({ name }) => [name, store.get(name).data])))
    const record: TrainingRecord = { name: method, ...outcome, seconds }
    return {
      store: own,
      epochs: outcome.epochs * evaluateEvery,
      bestEpoch: outcome.bestEpoch * evaluateEvery,
      bestValidation: chosen.requirements.find(({ requirement }) => requirement.length === 0)!.ndcg,
      seconds,
      parameters: own.size,
      veil: {
        requirements: requirementsOf(names),
        tensors: servingTensors(veil, store, shape),
        training: [record],
      },
    }
  } finally {
    await encoder.release()
  }
}

/**
 * Puts a veil that was trained along into the folder of its run, whose recommender is stored already.
 *
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function storeJointVeil(
  { folder, dataset, seed, model, config: { model: settings } }: TrainingJob,
  { method, attributes, config }: JointVeil,
  { requirements, tensors, training = [] }: MadeVeil,
): Promise<void> {
  const { dimension } = recommenderKind(model).create(settings, dataset)
  const joint = jointMethod(method)
  const manifest = {
    veilrecVersion,
    method,
    config: joint.stored(joint.schema.parse(config)),
    attributes: [...attributes],
    seed,
    recommenderSha256: await recommenderSha256(folder),
    dataset: { name: dataset.name, hash: dataset.hash },
    requirements: requirements.map((requirement) => [...requirement]),
    run: basename(folder),
    query: 'test' as const,
    dimension,
    training: [...training],
  }
  await writeVeil(folder, manifest, tensors)
}

/** Lines of `metrics.jsonl`, one for each look; epochs are those of the recommender. */
function metricsLog(folder: string, evaluateEvery: number): GameLog {
  return {
    rewind: (looks) => rewindMetrics(folder, looks * evaluateEvery + 1),
    write: (looks, figures, { ndcg, worstAuc }, seconds) =>
      appendMetrics(folder, {
        epoch: looks * evaluateEvery,
        ...figures,
        'validation ndcg@10': ndcg,
        'hidden auc': worstAuc,
        seconds,
      }),
  }
}
