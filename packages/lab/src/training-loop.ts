import {
  BoundedCache,
  Encoder,
  leaveOneOutTargets,
  ndcgAtK,
  OptimizerState,
  rankByScores,
  Rng,
  TrainingStep,
  VeilrecError,
  type Dataset,
  type ParameterStore,
  type PlannedBatch,
  type ProgressSink,
  type Recommender,
  type Runtime,
} from '@veilrec/core'

import {
  checkpointFormatVersion,
  readCheckpoint,
  removePartialCheckpoints,
  storedRngState,
  writeCheckpoint,
  type TrainingState,
} from './checkpoint.js'
import { untrained } from './load-run.js'
import { appendMetrics, rewindMetrics } from './metrics-log.js'
import type { RunConfig } from './run-config.js'
import { secondsLeft } from './time-left.js'

/** What a training works on. */
export interface TrainingJob {
  readonly folder: string
  readonly dataset: Dataset
  /** Name of a kind of recommender. */
  readonly model: string
  readonly config: RunConfig
  readonly configHash: string
  readonly seed: number
  readonly threads: number
  readonly versions: Readonly<Record<string, string>>
  readonly resume: boolean
}

/** What the surroundings of a training supply. */
export interface TrainingSurroundings {
  readonly runtime: Runtime
  readonly onProgress: ProgressSink
  /** True when the training should write a checkpoint and stop. */
  readonly shouldStop: () => boolean
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** How a training ended. */
export interface TrainingOutcome {
  readonly epochs: number
  readonly bestEpoch: number
  readonly bestValidation: number
  readonly seconds: number
  readonly parameters: number
}

/** A training that came to its end, with the parameters that it chose. */
export interface TrainedRun extends TrainingOutcome {
  readonly store: ParameterStore
}

/**
 * Trains a recommender by epochs with early stopping on validation NDCG@10 (leave-one-out, full ranking) and leaves the
 * best parameters in `store`. A checkpoint is written after every epoch and when `shouldStop` says so; a resumed training
 * continues at the step after it, or at the beginning when there is none yet, and ends with the same bytes as an
 * uninterrupted one.
 *
 * @throws VeilrecError `ABORTED` after `shouldStop`, `NOT_FINITE` when it diverges, `CHECKPOINT_REFUSED`,
 * `FORMAT_TOO_NEW`, `FILE_UNWRITABLE`.
 */
export async function runTraining(job: TrainingJob, surroundings: TrainingSurroundings): Promise<TrainedRun> {
  const loop = new TrainingLoop(job, surroundings)
  try {
    return await loop.run()
  } finally {
    await loop.release()
  }
}

class TrainingLoop {
  readonly #job: TrainingJob
  readonly #around: TrainingSurroundings
  readonly #root: Rng
  readonly #recommender: Recommender
  readonly #store: ParameterStore
  readonly #optimizer = new OptimizerState()
  readonly #steps = new BoundedCache<TrainingStep>(8)
  readonly #encoder: Encoder
  readonly #train: Dataset['histories']
  #dropout: Rng
  #negatives: Rng
  #best: ReadonlyMap<string, Float32Array> = new Map()
  #early = { best: -Infinity, bestEpoch: 0, withoutBetter: 0 }
  #epoch = 1
  #position = 0
  #lossSum = 0
  #secondsBefore = 0
  #stepsHere = 0
  readonly #started: number

  constructor(job: TrainingJob, around: TrainingSurroundings) {
    this.#job = job
    this.#around = around
    this.#started = around.now()
    this.#root = Rng.fromSeed(job.seed)
    const { recommender, store } = untrained(job.model, job.config, job.dataset, job.seed)
    this.#recommender = recommender
    this.#store = store
    this.#dropout = this.#root.split('dropout')
    this.#negatives = this.#root.split('negatives')
    this.#train = leaveOneOutTargets(job.dataset.histories, 'validation').known
    this.#encoder = new Encoder(around.runtime, recommender, store, { threads: job.threads })
  }

  async run(): Promise<TrainedRun> {
    const { training } = this.#job.config
    if (this.#job.resume) await this.#resume()
    let isOver = this.#hasEnded()
    while (!isOver) {
      await this.#trainEpoch()
      const isLast = this.#epoch === training.epochs || this.#isOutOfTime(this.#epoch)
      if (isLast || this.#epoch % training.evaluateEvery === 0) await this.#validate()
      this.#epoch++
      this.#position = 0
      this.#lossSum = 0
      await this.#checkpoint()
      isOver = isLast || this.#early.withoutBetter >= training.patience
    }
    if (this.#best.size === 0) await this.#validate()
    this.#store.restore(this.#best)
    return {
      store: this.#store,
      epochs: this.#epoch - 1,
      bestEpoch: this.#early.bestEpoch,
      bestValidation: this.#early.best,
      seconds: this.#seconds(),
      parameters: this.#store.size,
    }
  }

  async release(): Promise<void> {
    await this.#steps.release()
    await this.#encoder.release()
  }

  /** Whether a training that is continued had come to its end before. */
  #hasEnded(): boolean {
    const { epochs, patience } = this.#job.config.training
    if (this.#position > 0) return false
    return this.#epoch > epochs || this.#early.withoutBetter >= patience || this.#isOutOfTime(this.#epoch - 1)
  }

  /** Whether one more epoch would end too late, if it takes as long as those `done` took on average. */
  #isOutOfTime(done: number): boolean {
    return done > 0 && (this.#seconds() * (done + 1)) / done > this.#job.config.training.maxMinutes * 60
  }

  async #trainEpoch(): Promise<void> {
    const { batchTokens } = this.#job.config.training
    const order = this.#root.split(`epoch ${this.#epoch}`)
    const plans = this.#recommender.planEpoch(this.#train, batchTokens, order)
    while (this.#position < plans.length) {
      if (this.#around.shouldStop()) await this.#stop()
      const { loss } = (await this.#step(plans[this.#position]!)) as { loss: number }
      this.#lossSum += loss
      this.#position++
      this.#stepsHere++
      this.#report(plans.length)
    }
    await appendMetrics(this.#job.folder, {
      epoch: this.#epoch,
      loss: this.#lossSum / plans.length,
      seconds: this.#seconds(),
    })
  }

  async #step(plan: PlannedBatch): Promise<Readonly<Record<string, number>>> {
    const { training } = this.#job.config
    const { batch, time } = plan
    const step = await this.#steps.get(`${batch}x${time}`, () => this.#compile(plan))
    const inputs = this.#recommender.trainingInputs(this.#train, plan, this.#negatives)
    const warmup = Math.min(1, (this.#optimizer.step + 1) / Math.max(1, training.warmupSteps))
    return step.run(inputs, training.optimizer.learningRate * warmup)
  }

  #compile(shape: PlannedBatch): Promise<TrainingStep> {
    const { config, threads } = this.#job
    return TrainingStep.compile(
      this.#around.runtime,
      (scope) => this.#recommender.objective(scope, { batch: shape.batch, time: shape.time }),
      {
        store: this.#store,
        optimizer: config.training.optimizer,
        state: this.#optimizer,
        clipNorm: config.training.clipNorm,
        dropoutRng: this.#dropout,
        threads,
      },
    )
  }

  #report(stepsPerEpoch: number): void {
    const { training } = this.#job.config
    const left = secondsLeft({
      training,
      stepsPerEpoch,
      epoch: this.#epoch,
      position: this.#position,
      withoutBetter: this.#early.withoutBetter,
      secondsPerStep: (this.#around.now() - this.#started) / 1000 / this.#stepsHere,
      secondsDone: this.#seconds(),
    })
    this.#around.onProgress({
      stage: `epoch ${this.#epoch}`,
      done: (this.#epoch - 1) * stepsPerEpoch + this.#position,
      total: training.epochs * stepsPerEpoch,
      metrics: { loss: this.#lossSum / this.#position, ...this.#bestMetric() },
      secondsLeft: left,
    })
  }

  async #validate(): Promise<void> {
    const { dataset } = this.#job
    const { known, targets } = leaveOneOutTargets(dataset.histories, 'validation')
    const scores = this.#recommender.scorer.scores(this.#store, await this.#encoder.encode(known))
    const { ranks } = rankByScores(scores, targets, known)
    const ndcg = ndcgAtK(ranks, 10).reduce((sum, value) => sum + value, 0) / ranks.length
    if (ndcg > this.#early.best) {
      this.#early = { best: ndcg, bestEpoch: this.#epoch, withoutBetter: 0 }
      this.#best = this.#store.snapshot()
    } else {
      this.#early.withoutBetter++
    }
    await appendMetrics(this.#job.folder, {
      epoch: this.#epoch,
      'validation ndcg@10': ndcg,
      seconds: this.#seconds(),
    })
  }

  #bestMetric(): Record<string, number> {
    return this.#early.bestEpoch > 0 ? { 'validation ndcg@10': this.#early.best } : {}
  }

  async #stop(): Promise<never> {
    await this.#checkpoint()
    throw new VeilrecError('ABORTED', `training stopped in epoch ${this.#epoch}; its state is kept`, {
      epoch: this.#epoch,
    })
  }

  async #checkpoint(): Promise<void> {
    const { folder, model, configHash, dataset, seed, threads, versions } = this.#job
    const state: TrainingState = {
      formatVersion: checkpointFormatVersion,
      model,
      configHash,
      datasetHash: dataset.hash,
      seed,
      threads,
      versions: { ...versions },
      epoch: this.#epoch,
      position: this.#position,
      step: this.#optimizer.step,
      lossSum: this.#lossSum,
      random: {
        negatives: storedRngState(this.#negatives.state()),
        dropout: storedRngState(this.#dropout.state()),
      },
      early: { ...this.#early, best: Math.max(this.#early.best, -1) },
      seconds: this.#seconds(),
    }
    await writeCheckpoint(folder, state, this.#store, this.#optimizer, this.#best)
  }

  async #resume(): Promise<void> {
    const { folder, model, configHash, dataset, seed } = this.#job
    await removePartialCheckpoints(folder)
    const checkpoint = await readCheckpoint(folder, { model, configHash, datasetHash: dataset.hash, seed })
    await rewindMetrics(folder, checkpoint?.state.epoch ?? 1)
    if (checkpoint === undefined) return
    const { state, parameters, best, optimizer } = checkpoint
    this.#store.restore(parameters)
    this.#best = best
    this.#optimizer.import(state.step, optimizer)
    this.#dropout = Rng.fromState(state.random.dropout)
    this.#negatives = Rng.fromState(state.random.negatives)
    this.#early = { ...state.early }
    this.#epoch = state.epoch
    this.#position = state.position
    this.#lossSum = state.lossSum
    this.#secondsBefore = state.seconds
  }

  #seconds(): number {
    return this.#secondsBefore + (this.#around.now() - this.#started) / 1000
  }
}
