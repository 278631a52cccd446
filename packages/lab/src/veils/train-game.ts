import {
  BoundedCache,
  createTrace,
  OptimizerState,
  Scope,
  TrainingStep,
  VeilrecError,
  type ParameterStore,
  type Player,
  type Rng,
  type Runtime,
  type VeilGame,
  type VeilTrainingConfig,
} from '@veilrec/core'

import { secondsLeft } from '../time-left.js'
import { chooseEpoch, epochsToKeep } from './epoch-choice.js'
import { readGame, writeGame, type GameCheckpoint, type PlayerMemory } from './game-checkpoint.js'
import type { GameOutcome, Judgement } from './training-record.js'
import type { VeilStep } from './veil-kind.js'

/** Compiled steps in memory at least: players times shapes of batches. Every player of a round needs one, or each round compiles anew. */
const stepsInMemory = 24

/** What {@link trainGame} works on. */
export interface TrainGameInput {
  readonly game: VeilGame
  /** The parameters, which the game changes; those of the recommender are frozen in it. */
  readonly store: ParameterStore
  readonly runtime: Runtime
  readonly threads?: number
  /** Batches and dropout are drawn from streams split off it. */
  readonly rng: Rng
  readonly settings: Pick<VeilTrainingConfig, 'epochs' | 'maxMinutes' | 'patience'>
  /** Looks at the present parameters after each epoch; draws nothing from `rng`. */
  readonly judge: () => Promise<Judgement>
  readonly checkpoint: GameCheckpoint
  /** Where it writes how it goes, if anywhere. */
  readonly log?: GameLog
  /** Is told rounds done and rounds at most. */
  readonly step: VeilStep
  /** What is trained, for progress and messages, such as the method. */
  readonly stage: string
}

/** A record of a training as it goes, that a resumed training continues. */
export interface GameLog {
  /** The training goes on, or begins, after so many epochs: what was written about later ones is taken back. */
  rewind(epochs: number): Promise<void>
  /** An epoch is over and judged. `figures` are what the players reported, `PLAYER METRIC`, means over the steps of the epoch. */
  write(
    epoch: number,
    figures: Readonly<Record<string, number>>,
    judgement: Judgement,
    seconds: number,
  ): Promise<void>
}

/**
 * Plays a game by rounds and epochs and leaves the parameters of the chosen epoch ({@link chooseEpoch}) in `store`.
 *
 * It ends after the last epoch, when no more epoch fits into `maxMinutes`, or when the choice is `patience` epochs old. A
 * checkpoint is written after every epoch, within one as the game asks for, and when `step` stops it; called again with the same input it goes on there and ends with
 * the same parameters, bit for bit, as one that was never stopped.
 *
 * @throws VeilrecError `NOT_FINITE` naming stage and player; `ABORTED` from `step`; `FILE_UNWRITABLE`; `CHECKPOINT_REFUSED`.
 */
export async function trainGame(input: TrainGameInput): Promise<GameOutcome> {
  declareParameters(input.game, input.store, input.rng)
  const training = new GameTraining(input)
  try {
    return await training.run()
  } finally {
    await training.release()
  }
}

/**
 * Makes every parameter that the players of a game meet.
 *
 * @param rng for the shape of a batch; it does not advance.
 */
export function declareParameters(game: VeilGame, store: ParameterStore, rng: Rng): void {
  for (const player of game.players) {
    const { shape } = game.batch(player, rng.split('shape'))
    player.objective(new Scope(createTrace(store, { training: true })), shape)
  }
}

class GameTraining {
  readonly #input: TrainGameInput
  readonly #players: ReadonlyMap<string, PlayerMemory>
  readonly #steps: BoundedCache<TrainingStep>
  readonly #judgements: Judgement[] = []
  readonly #kept = new Map<number, ReadonlyMap<string, Float32Array>>()
  readonly #started = performance.now()
  #secondsBefore = 0
  #sums: Record<string, number> = {}
  #roundsHere = 0
  /** Epochs that are over. */
  #epoch = 0
  #round = 0

  constructor(input: TrainGameInput) {
    this.#input = input
    this.#steps = new BoundedCache(Math.max(stepsInMemory, input.game.players.length))
    this.#players = new Map(
      input.game.players.map(({ name }) => [
        name,
        {
          optimizer: new OptimizerState(),
          batches: input.rng.split(`batches of ${name}`),
          dropout: input.rng.split(`dropout of ${name}`),
        },
      ]),
    )
  }

  async run(): Promise<GameOutcome> {
    const { store, judge, log } = this.#input
    await this.#resume()
    while (!this.#isOver()) {
      await this.#playEpoch()
      await this.#step(`judge epoch ${this.#epoch + 1}`)
      this.#judgements.push(await judge())
      this.#epoch++
      await log?.write(this.#epoch, this.#means(), this.#judgements.at(-1)!, this.#seconds())
      this.#round = 0
      this.#sums = {}
      this.#keep()
      await this.#checkpoint()
    }
    const chosen = chooseEpoch(this.#judgements)
    store.restore(this.#kept.get(chosen)!)
    return {
      epochs: this.#epoch,
      bestEpoch: chosen + 1,
      judgements: this.#judgements,
      seconds: this.#seconds(),
    }
  }

  async release(): Promise<void> {
    await this.#steps.release()
  }

  #isOver(): boolean {
    const { epochs, maxMinutes, patience } = this.#input.settings
    if (this.#round > 0 || this.#epoch === 0) return false
    const withOneMore = (this.#seconds() * (this.#epoch + 1)) / this.#epoch
    const isOutOfTime = maxMinutes !== null && withOneMore > maxMinutes * 60
    return this.#epoch >= epochs || isOutOfTime || this.#withoutBetter() >= patience
  }

  #withoutBetter(): number {
    return this.#epoch === 0 ? 0 : this.#epoch - 1 - chooseEpoch(this.#judgements)
  }

  async #playEpoch(): Promise<void> {
    const { game } = this.#input
    while (this.#round < game.roundsPerEpoch) {
      await this.#step(`epoch ${this.#epoch + 1}`)
      for (const player of game.players) await this.#move(player)
      this.#round++
      this.#roundsHere++
      const { roundsPerCheckpoint = Infinity, roundsPerEpoch } = game
      const isDue = this.#round % roundsPerCheckpoint === 0 && this.#round < roundsPerEpoch
      if (isDue) await this.#checkpoint()
    }
  }

  /** Tells where the training stands; what is done is not lost when it is stopped here. */
  async #step(what: string): Promise<void> {
    const { step, stage } = this.#input
    try {
      await step(`${stage}: ${what}`, ...this.#position())
    } catch (error) {
      await this.#checkpoint()
      throw error
    }
  }

  /** A player's steps of one round. */
  async #move(player: Player): Promise<void> {
    const { name, steps, schedule, optimizer, warmupSteps = 1 } = player
    const memory = this.#players.get(name)!
    const rate = optimizer.learningRate * (schedule === 'cosine' ? this.#cosine() : 1)
    const [round] = this.#rounds()
    for (let i = 0; i < steps; i++) {
      const warmth = Math.min(1, (memory.optimizer.step + 1) / Math.max(1, warmupSteps))
      const { shape, inputs } = this.#input.game.batch(player, memory.batches, round)
      const compiled = await this.#steps.get(`${name} ${shape.batch}x${shape.time}`, () =>
        this.#compile(player, shape),
      )
      try {
        const report = await compiled.run(inputs, rate * warmth)
        for (const [metric, value] of Object.entries(report)) {
          const key = `${name} ${metric}`
          this.#sums[key] = (this.#sums[key] ?? 0) + value / steps
        }
      } catch (cause) {
        throw this.#diverged(name, VeilrecError.from(cause))
      }
    }
  }

  #compile(player: Player, shape: Parameters<Player['objective']>[1]): Promise<TrainingStep> {
    const { runtime, store, threads } = this.#input
    const { optimizer, dropout } = this.#players.get(player.name)!
    return TrainingStep.compile(runtime, (scope) => player.objective(scope, shape), {
      store,
      optimizer: player.optimizer,
      state: optimizer,
      trainable: player.trains,
      dropoutRng: dropout,
      ...(player.clipNorm === undefined ? {} : { clipNorm: player.clipNorm }),
      ...(threads === undefined ? {} : { threads }),
    })
  }

  /** Half a cosine from 1 in the first round to 0 after the last. */
  #cosine(): number {
    const [done, total] = this.#rounds()
    return (1 + Math.cos((Math.PI * done) / total)) / 2
  }

  #rounds(): [done: number, total: number] {
    const { game, settings } = this.#input
    return [this.#epoch * game.roundsPerEpoch + this.#round, settings.epochs * game.roundsPerEpoch]
  }

  /** Where the training stands, for its caller. */
  #position(): [done: number, total: number, about: Parameters<VeilStep>[3]] {
    const { game, settings } = this.#input
    const judgement = this.#judgements.at(-1)
    const metrics = judgement && { 'hidden auc': judgement.worstAuc, 'ndcg@10': judgement.ndcg }
    const left =
      this.#roundsHere > 0 &&
      secondsLeft({
        training: { ...settings, maxMinutes: settings.maxMinutes ?? Infinity, evaluateEvery: 1 },
        stepsPerEpoch: game.roundsPerEpoch,
        epoch: this.#epoch + 1,
        position: this.#round,
        withoutBetter: this.#withoutBetter(),
        secondsPerStep: this.#secondsHere() / this.#roundsHere,
        secondsDone: this.#seconds(),
      })
    return [...this.#rounds(), { ...(metrics && { metrics }), ...(left && { secondsLeft: left }) }]
  }

  #keep(): void {
    this.#kept.set(this.#epoch - 1, this.#input.store.snapshot())
    const needed = epochsToKeep(this.#judgements)
    for (const epoch of this.#kept.keys()) if (!needed.includes(epoch)) this.#kept.delete(epoch)
  }

  #diverged(player: string, error: VeilrecError): VeilrecError {
    if (error.code !== 'NOT_FINITE') return error
    const { code, message, details } = error
    return new VeilrecError(
      code,
      `${this.#input.stage}, ${player}: ${message}`,
      { ...details, player },
      `Lower the learning rate of the ${player}.`,
    )
  }

  async #checkpoint(): Promise<void> {
    // The initial state is made again faster than it is read.
    if (this.#epoch === 0 && this.#round === 0) return
    const { checkpoint, store } = this.#input
    const state = {
      epoch: this.#epoch,
      round: this.#round,
      judgements: this.#judgements,
      sums: this.#sums,
      seconds: this.#seconds(),
      kept: this.#kept,
    }
    await writeGame(checkpoint, state, store, this.#players)
  }

  async #resume(): Promise<void> {
    const { checkpoint, store, log } = this.#input
    const state = await readGame(checkpoint, store, this.#players)
    await log?.rewind(state?.epoch ?? 0)
    if (state === undefined) return
    this.#epoch = state.epoch
    this.#round = state.round
    this.#judgements.push(...state.judgements)
    this.#sums = { ...state.sums }
    for (const [epoch, values] of state.kept) this.#kept.set(epoch, values)
    this.#secondsBefore = state.seconds
  }

  /** What the players reported, means over the steps of an epoch that is over. */
  #means(): Record<string, number> {
    const { roundsPerEpoch } = this.#input.game
    return Object.fromEntries(Object.entries(this.#sums).map(([key, sum]) => [key, sum / roundsPerEpoch]))
  }

  #secondsHere(): number {
    return (performance.now() - this.#started) / 1000
  }

  #seconds(): number {
    return this.#secondsBefore + this.#secondsHere()
  }
}
