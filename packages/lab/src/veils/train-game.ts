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

/** Compiled steps in memory: players times shapes of batches. */
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
  /** Is told rounds done and rounds at most. */
  readonly step: VeilStep
  /** What is trained, for progress and messages, such as the method. */
  readonly stage: string
}

/**
 * Plays a game by rounds and epochs and leaves the parameters of the chosen epoch ({@link chooseEpoch}) in `store`.
 *
 * It ends after the last epoch, when no more epoch fits into `maxMinutes`, or when the choice is `patience` epochs old. A
 * checkpoint is written after every epoch and when `step` stops it; called again with the same input it goes on there and ends with
 * the same parameters, bit for bit, as one that was never stopped.
 *
 * @throws VeilrecError `NOT_FINITE` naming stage and player; `ABORTED` from `step`; `FILE_UNWRITABLE`.
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
  readonly #steps = new BoundedCache<TrainingStep>(stepsInMemory)
  readonly #judgements: Judgement[] = []
  readonly #kept = new Map<number, ReadonlyMap<string, Float32Array>>()
  readonly #started = performance.now()
  #secondsBefore = 0
  #roundsHere = 0
  /** Epochs that are over. */
  #epoch = 0
  #round = 0

  constructor(input: TrainGameInput) {
    this.#input = input
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
    const { store, judge } = this.#input
    await this.#resume()
    while (!this.#isOver()) {
      await this.#playEpoch()
      await this.#step(`judge epoch ${this.#epoch + 1}`)
      this.#judgements.push(await judge())
      this.#epoch++
      this.#round = 0
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
    const { name, steps, schedule, optimizer } = player
    const memory = this.#players.get(name)!
    const rate = optimizer.learningRate * (schedule === 'cosine' ? this.#cosine() : 1)
    for (let i = 0; i < steps; i++) {
      const { shape, inputs } = this.#input.game.batch(player, memory.batches)
      const compiled = await this.#steps.get(`${name} ${shape.batch}x${shape.time}`, () =>
        this.#compile(player, shape),
      )
      try {
        await compiled.run(inputs, rate)
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
      seconds: this.#seconds(),
      kept: this.#kept,
    }
    await writeGame(checkpoint, state, store, this.#players)
  }

  async #resume(): Promise<void> {
    const { checkpoint, store } = this.#input
    const state = await readGame(checkpoint, store, this.#players)
    if (state === undefined) return
    this.#epoch = state.epoch
    this.#round = state.round
    this.#judgements.push(...state.judgements)
    for (const [epoch, values] of state.kept) this.#kept.set(epoch, values)
    this.#secondsBefore = state.seconds
  }

  #secondsHere(): number {
    return (performance.now() - this.#started) / 1000
  }

  #seconds(): number {
    return this.#secondsBefore + this.#secondsHere()
  }
}
