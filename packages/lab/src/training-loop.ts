import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  BoundedCache,
  createTrace,
  leaveOneOutTargets,
  ndcgAtK,
  negativePerPosition,
  nextItemBatch,
  OptimizerState,
  ParameterStore,
  planEpoch,
  rankTargets,
  Rng,
  SasrecEncoder,
  sasrecObjective,
  Scope,
  sharedNegatives,
  TrainingStep,
  VeilrecError,
  type BatchPlan,
  type Dataset,
  type HostArray,
  type ProgressSink,
  type Runtime,
  type SasrecConfig,
} from '@veilrec/core'

import { readCheckpoint, storedRngState, writeCheckpoint, type TrainingState } from './checkpoint.js'
import type { TrainingConfig } from './training-config.js'

/** What a training works on. */
export interface TrainingJob {
  readonly folder: string
  readonly dataset: Dataset
  readonly model: SasrecConfig
  readonly training: TrainingConfig
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

/**
 * Trains SASRec by epochs with early stopping on validation NDCG@10 and leaves the best parameters in
 * `store`. A checkpoint is written after every epoch and when `shouldStop` says so; a resumed training
 * continues at the step after it and ends with the same bytes as an uninterrupted one.
 *
 * @throws `ABORTED` after `shouldStop`, `NOT_FINITE` when it diverges, `CHECKPOINT_REFUSED`.
 */
export async function runTraining(
  job: TrainingJob,
  surroundings: TrainingSurroundings,
): Promise<TrainingOutcome & { readonly store: ParameterStore }> {
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
  readonly #store: ParameterStore
  readonly #optimizer = new OptimizerState()
  readonly #steps = new BoundedCache<TrainingStep>(8)
  readonly #encoder: SasrecEncoder
  readonly #train: Dataset['histories']
  #dropout: Rng
  #negatives: Rng
  #best: ReadonlyMap<string, Float32Array> = new Map()
  #early = { best: -Infinity, bestEpoch: 0, withoutBetter: 0 }
  #epoch = 1
  #position = 0
  #lossSum = 0
  #secondsBefore = 0
  readonly #started: number

  constructor(job: TrainingJob, around: TrainingSurroundings) {
    this.#job = job
    this.#around = around
    this.#started = around.now()
    this.#root = Rng.fromSeed(job.seed)
    this.#store = new ParameterStore(this.#root.split('parameters'))
    this.#dropout = this.#root.split('dropout')
    this.#negatives = this.#root.split('negatives')
    this.#train = leaveOneOutTargets(job.dataset.histories, 'validation').known
    this.#encoder = new SasrecEncoder(around.runtime, this.#store, job.model, job.dataset.numItems, {
      threads: job.threads,
    })
  }

  async run(): Promise<TrainingOutcome & { readonly store: ParameterStore }> {
    const { training } = this.#job
    this.#declareParameters()
    if (this.#job.resume) await this.#resume()
    while (!this.#isOver()) {
      await this.#trainEpoch()
      const evaluate = this.#epoch % training.evaluateEvery === 0 || this.#epoch === training.epochs
      if (evaluate) await this.#validate()
      this.#epoch++
      this.#position = 0
      this.#lossSum = 0
      await this.#checkpoint()
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

  /** Traces the model once so that every parameter exists before a checkpoint is restored. */
  #declareParameters(): void {
    const { model, dataset } = this.#job
    const trace = createTrace(this.#store, { training: true })
    sasrecObjective(new Scope(trace), model, dataset.numItems, { batch: 1, time: model.historyLength })
  }

  #isOver(): boolean {
    const { epochs, patience, maxMinutes } = this.#job.training
    if (this.#position > 0) return false
    return this.#epoch > epochs || this.#early.withoutBetter >= patience || this.#seconds() > maxMinutes * 60
  }

  async #trainEpoch(): Promise<void> {
    const { historyLength } = this.#job.model
    const { batchTokens, epochs } = this.#job.training
    const order = this.#root.split(`epoch ${this.#epoch}`)
    const plans = planEpoch(this.#train, { historyLength, batchTokens }, order)
    while (this.#position < plans.length) {
      if (this.#around.shouldStop()) await this.#stop()
      const { loss } = (await this.#step(plans[this.#position]!)) as { loss: number }
      this.#lossSum += loss
      this.#position++
      this.#around.onProgress({
        stage: `epoch ${this.#epoch}`,
        done: (this.#epoch - 1) * plans.length + this.#position,
        total: epochs * plans.length,
        metrics: { loss: this.#lossSum / this.#position, ...this.#bestMetric() },
      })
    }
    await this.#log({ epoch: this.#epoch, loss: this.#lossSum / plans.length, seconds: this.#seconds() })
  }

  async #step(plan: BatchPlan): Promise<Readonly<Record<string, number>>> {
    const { model, dataset, training } = this.#job
    const { batch, time } = plan
    const step = await this.#steps.get(`${batch}x${time}`, () => this.#compile(batch, time))
    const { history, targets } = nextItemBatch(this.#train, plan)
    const inputs: Record<string, HostArray> = { history, targets }
    if (model.loss === 'bce') {
      inputs['negatives'] = negativePerPosition(this.#train, plan, targets, dataset.numItems, this.#negatives)
    } else {
      const count = Math.min(model.numNegatives, dataset.numItems)
      Object.assign(inputs, sharedNegatives(count, dataset.numItems, targets, this.#negatives))
    }
    const warmup = Math.min(1, (this.#optimizer.step + 1) / Math.max(1, training.warmupSteps))
    return step.run(inputs, training.optimizer.learningRate * warmup)
  }

  #compile(batch: number, time: number): Promise<TrainingStep> {
    const { model, dataset, training, threads } = this.#job
    const objective = (scope: Scope): ReturnType<typeof sasrecObjective> => {
      return sasrecObjective(scope, model, dataset.numItems, { batch, time })
    }
    return TrainingStep.compile(this.#around.runtime, objective, {
      store: this.#store,
      optimizer: training.optimizer,
      state: this.#optimizer,
      clipNorm: training.clipNorm,
      dropoutRng: this.#dropout,
      threads,
    })
  }

  async #validate(): Promise<void> {
    const { dataset, model } = this.#job
    const { known, targets } = leaveOneOutTargets(dataset.histories, 'validation')
    const ranks = rankTargets({
      userVectors: await this.#encoder.encode(known),
      itemVectors: this.#encoder.itemVectors(),
      dimension: model.hiddenSize,
      masked: known,
      targets,
    })
    const ndcg = ndcgAtK(ranks, 10).reduce((sum, value) => sum + value, 0) / ranks.length
    if (ndcg > this.#early.best) {
      this.#early = { best: ndcg, bestEpoch: this.#epoch, withoutBetter: 0 }
      this.#best = this.#store.snapshot()
    } else {
      this.#early.withoutBetter++
    }
    await this.#log({ epoch: this.#epoch, 'validation ndcg@10': ndcg, seconds: this.#seconds() })
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
    const { folder, configHash, dataset, seed, threads, versions } = this.#job
    const state: TrainingState = {
      formatVersion: 1,
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
    const { folder, configHash, dataset, seed } = this.#job
    const { state, parameters, best, optimizer } = await readCheckpoint(folder, {
      configHash,
      datasetHash: dataset.hash,
      seed,
    })
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

  /** Appends to `metrics.jsonl`; a resumed run may repeat the lines of an unfinished epoch. */
  async #log(line: Readonly<Record<string, number>>): Promise<void> {
    await appendFile(join(this.#job.folder, 'metrics.jsonl'), `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
}
