import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  constant,
  layers,
  ops,
  optimizerSchema,
  ParameterStore,
  Rng,
  VeilrecError,
  type Player,
  type Runtime,
  type Scope,
  type VeilGame,
} from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, describe, expect, it } from 'vitest'

import { trainGame, type GameLog, type TrainGameInput } from './train-game.js'
import type { GameOutcome, Judgement } from './training-record.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-game-'))
afterAll(() => rmSync(folder, { recursive: true }))
const runtime = createOrtRuntime({ threads: 1 })
const batch = 8

/** Two networks that fit noise, with dropout, batches of two shapes and moments. */
function objective(name: string, width: number): Player['objective'] {
  return (scope, shape) => {
    const x = scope.input('x', 'float32', [shape.batch, width])
    const hidden = scope.child(name).dropout(layers.linear(scope.child(name), x, 4), 0.25)
    const other = layers.linear(scope.child('shared'), x, 4)
    return { loss: ops.mean(ops.mul(ops.sub(hidden, other), ops.sub(hidden, other))) }
  }
}

function player(name: string, schedule: Player['schedule'], learningRate = 0.01): Player {
  return {
    name,
    steps: name === 'adversary' ? 2 : 1,
    trains: (parameter) => parameter.startsWith(name === 'adversary' ? 'adversary' : 'veil'),
    optimizer: optimizerSchema.parse({ kind: 'adam', learningRate }),
    schedule,
    clipNorm: 1,
    objective: objective(name, 3),
  }
}

const game = (...players: [Player, ...Player[]]): { -readonly [Key in keyof VeilGame]: VeilGame[Key] } => ({
  players,
  roundsPerEpoch: 3,
  batch: (_, rng) => {
    const rows = rng.int(2) === 0 ? batch : batch / 2
    return {
      shape: { batch: rows, time: 1 },
      inputs: { x: Float32Array.from({ length: rows * 3 }, () => rng.normal()) },
    }
  },
})

const both = game(player('veil', 'cosine'), player('adversary', 'constant'))

/** Judges by the parameters, so that a training that went another way is judged otherwise. */
function judgeOf(store: ParameterStore): () => Promise<Judgement> {
  return () => {
    const sum = store.list().reduce((total, { data }) => total + data.reduce((a, b) => a + Math.abs(b), 0), 0)
    return Promise.resolve({ ndcg: 0.1, worstAuc: Math.abs(Math.sin(1000 * sum)), requirements: [] })
  }
}

function play(
  name: string,
  changes: Partial<TrainGameInput> = {},
): { store: ParameterStore; outcome: Promise<GameOutcome>; path: string } {
  const store = new ParameterStore(Rng.fromSeed(3))
  const path = join(folder, `${name}.safetensors`)
  const outcome = trainGame({
    game: both,
    store,
    runtime,
    threads: 1,
    rng: Rng.fromSeed(4),
    settings: { epochs: 5, maxMinutes: null, patience: 10 },
    judge: judgeOf(store),
    checkpoint: { path, identity: 'one' },
    step: () => Promise.resolve(),
    stage: 'toy',
    ...changes,
  })
  return { store, outcome, path }
}

/** Stops at a round, counted from 0 over all epochs. */
function stopAt(round: number, what = ': epoch'): TrainGameInput['step'] {
  return (stage, done) =>
    done === round && stage.includes(what)
      ? Promise.reject(new VeilrecError('ABORTED', 'stopped', {}))
      : Promise.resolve()
}

describe('training a game', () => {
  it('keeps the parameters of the chosen epoch', async () => {
    const whole = play('whole')
    const { epochs, bestEpoch, judgements } = await whole.outcome
    expect(epochs).toBe(5)
    expect(judgements).toHaveLength(5)
    const aucs = judgements.map(({ worstAuc }) => worstAuc)
    expect(bestEpoch).toBe(1 + aucs.indexOf(Math.min(...aucs)))
    expect((await judgeOf(whole.store)()).worstAuc).toBe(Math.min(...aucs))
  })

  it.each([0, 3, 7, 14])('goes on after a stop in round %i as if there had been none', async (round) => {
    const whole = play(`whole ${round}`)
    const expected = await whole.outcome
    await expect(play(`stopped ${round}`, { step: stopAt(round) }).outcome).rejects.toThrow('stopped')
    const { store, outcome } = play(`stopped ${round}`)
    expect({ ...(await outcome), seconds: 0 }).toEqual({ ...expected, seconds: 0 })
    expect(store.snapshot()).toEqual(whole.store.snapshot())
  })

  it('compiles the step of each player once, however many play', async () => {
    const crowd = Array.from({ length: 40 }, (_, index) => ({
      ...player('veil', 'constant'),
      name: `player ${index}`,
    }))
    const oneShape = (rng: Rng) => ({
      shape: { batch, time: 1 },
      inputs: { x: Float32Array.from({ length: batch * 3 }, () => rng.normal()) },
    })
    let loads = 0
    const counting: Runtime = {
      load: (model, options) => {
        loads++
        return runtime.load(model, options)
      },
    }
    await play('crowd', {
      game: { ...game(...(crowd as [Player, ...Player[]])), batch: (_, rng) => oneShape(rng) },
      runtime: counting,
      settings: { epochs: 2, maxMinutes: null, patience: 10 },
    }).outcome
    expect(loads).toBe(crowd.length)
  })

  it('does not play an epoch again that was stopped before it was judged', async () => {
    const expected = await play('whole judged').outcome
    await expect(play('judged', { step: stopAt(6, 'judge') }).outcome).rejects.toThrow('stopped')
    const told: string[] = []
    const again = play('judged', { step: (stage) => Promise.resolve(void told.push(stage)) })
    expect({ ...(await again.outcome), seconds: 0 }).toEqual({ ...expected, seconds: 0 })
    expect(told[0]).toBe('toy: judge epoch 2')
  })

  it('goes on after a kill from the last epoch, and has nothing to do after the end', async () => {
    const whole = play('killed')
    let saved = Buffer.alloc(0)
    const step: TrainGameInput['step'] = async (_, done) => {
      if (done === 10) saved = await readFile(whole.path)
    }
    const expected = await play('killed', { step }).outcome
    await whole.outcome
    await writeFile(whole.path, saved)
    const { store, outcome } = play('killed')
    expect({ ...(await outcome), seconds: 0 }).toEqual({ ...expected, seconds: 0 })
    expect(store.snapshot()).toEqual(whole.store.snapshot())
    let rounds = 0
    const again = play('killed', { step: () => Promise.resolve(void rounds++) })
    expect((await again.outcome).bestEpoch).toBe(expected.bestEpoch)
    expect(rounds).toBe(0)
    expect(again.store.snapshot()).toEqual(whole.store.snapshot())
  })

  it.each([
    ['another identity', (path: string) => ({ path, identity: 'two' })],
    ['damage', (path: string) => ({ path, identity: 'one' })],
  ])('ignores a checkpoint of %s', async (what, checkpoint) => {
    const { path, outcome } = play(what)
    await outcome
    if (what === 'damage') await writeFile(path, (await readFile(path)).subarray(0, 500))
    let rounds = 0
    const step = (): Promise<void> => Promise.resolve(void rounds++)
    await play(what, { checkpoint: checkpoint(path), step }).outcome
    expect(rounds).toBe(5 * (3 + 1))
  })

  it('lets the rate of the veil fall by half a cosine, not that of the adversary', async () => {
    // The gradient of the sum is 1 in every step, so that sgd moves by the rate.
    const constantSlope = (name: string, schedule: Player['schedule']): Player => ({
      ...player(name, schedule, 1),
      optimizer: optimizerSchema.parse({ kind: 'sgd', learningRate: 1 }),
      steps: 1,
      objective: (scope: Scope) => ({
        loss: ops.sum(scope.child(name).parameter('at', [1], constant(0))),
      }),
    })
    const slopes = game(constantSlope('veil', 'cosine'), constantSlope('adversary', 'constant'))
    slopes.batch = () => ({ shape: { batch: 1, time: 1 }, inputs: {} })
    const judge = (): Promise<Judgement> => Promise.resolve({ ndcg: 1, worstAuc: 0.5, requirements: [] })
    const settings = { epochs: 1, maxMinutes: null, patience: 1 }
    const { store, outcome } = play('rates', { game: slopes, judge, settings })
    await outcome
    const [adversary, veil] = store.list().map(({ data }) => data[0]!)
    expect(adversary).toBe(-3)
    // Rounds 0, 1 and 2 of 3: (1 + cos 0) / 2 + (1 + cos 60°) / 2 + (1 + cos 120°) / 2.
    expect(veil).toBeCloseTo(-(1 + 0.75 + 0.25), 6)
  })

  it('lets a rate rise over the first steps of a player', async () => {
    const rising: Player = {
      ...player('veil', 'constant'),
      optimizer: optimizerSchema.parse({ kind: 'sgd', learningRate: 1 }),
      warmupSteps: 4,
      objective: (scope: Scope) => ({
        loss: ops.sum(scope.child('veil').parameter('at', [1], constant(0))),
      }),
    }
    const one = game(rising)
    one.batch = () => ({ shape: { batch: 1, time: 1 }, inputs: {} })
    const settings = { epochs: 2, maxMinutes: null, patience: 2 }
    const judge = (): Promise<Judgement> => Promise.resolve({ ndcg: 1, worstAuc: 0.5, requirements: [] })
    const { store, outcome } = play('rising', { game: one, judge, settings })
    await outcome
    // Six steps, the gradient 1: at 1/4, 2/4 and 3/4 of the rate, then at the rate.
    expect(store.get('veil/at').data[0]).toBeCloseTo(-(0.25 + 0.5 + 0.75 + 3), 6)
  })

  it('saves its state as often as the game asks, and tells each batch its round', async () => {
    const rounds: (number | undefined)[] = []
    const saved: number[] = []
    const often: VeilGame = {
      ...both,
      roundsPerCheckpoint: 2,
      batch: (who, rng, round) => {
        if (who.name === 'veil') rounds.push(round)
        return both.batch(who, rng, round)
      },
    }
    const path = join(folder, 'often.safetensors')
    const step: TrainGameInput['step'] = async (what, done) => {
      if (what.includes(': epoch') && (await readFile(path).catch(() => undefined)) !== undefined)
        saved.push(done)
    }
    await play('often', { game: often, step, settings: { epochs: 2, maxMinutes: null, patience: 9 } }).outcome
    // The first is the one for the shape.
    expect(rounds).toEqual([undefined, 0, 1, 2, 3, 4, 5])
    expect(saved).toEqual([2, 3, 4, 5])
  })

  it('logs each epoch once, with the means of what the players reported, whatever stopped it', async () => {
    const logged = (lines: string[]): GameLog => ({
      rewind: (epochs) => Promise.resolve(void lines.splice(epochs)),
      write: (epoch, figures, { worstAuc }) =>
        Promise.resolve(void lines.push(JSON.stringify([epoch, figures, worstAuc]))),
    })
    const expected: string[] = []
    await play('logged', { log: logged(expected) }).outcome
    expect(expected).toHaveLength(5)
    expect(Object.keys((JSON.parse(expected[0]!) as [number, object])[1])).toEqual([
      'veil loss',
      'adversary loss',
    ])
    const lines: string[] = []
    await expect(play('logged stop', { log: logged(lines), step: stopAt(7) }).outcome).rejects.toThrow(
      'stopped',
    )
    lines.push('of an epoch that was lost')
    await play('logged stop', { log: logged(lines) }).outcome
    expect(lines).toEqual(expected)
  })

  it('refuses a checkpoint that does not fit where it has to', async () => {
    const { path, outcome } = play('must')
    await outcome
    await expect(
      play('must', { checkpoint: { path, identity: 'two', mustFit: true } }).outcome,
    ).rejects.toMatchObject({
      code: 'CHECKPOINT_REFUSED',
    })
    const absent = { path: join(folder, 'absent.safetensors'), identity: 'two', mustFit: true }
    await expect(play('absent', { checkpoint: absent }).outcome).resolves.toMatchObject({ epochs: 5 })
  })

  it('stops when the choice is old, and when another epoch would end too late', async () => {
    let worstAuc = 0.5
    const judge = (): Promise<Judgement> => {
      return Promise.resolve({ ndcg: 1, worstAuc: (worstAuc += 0.03), requirements: [] })
    }
    const patient = play('patience', { judge, settings: { epochs: 50, maxMinutes: null, patience: 2 } })
    expect(await patient.outcome).toMatchObject({ epochs: 3, bestEpoch: 1 })
    const hurried = play('time', { judge, settings: { epochs: 50, maxMinutes: 1e-9, patience: 50 } })
    expect(await hurried.outcome).toMatchObject({ epochs: 1 })
  })

  it('names the player that diverges', async () => {
    const wild = game(player('veil', 'cosine'), {
      ...player('adversary', 'constant'),
      objective: (scope: Scope) => ({
        loss: ops.log(ops.mul(scope.child('adversary').parameter('zero', [], constant(0)), 1)),
      }),
    })
    wild.batch = ({ name }) => ({
      shape: { batch, time: 1 },
      inputs: name === 'veil' ? { x: new Float32Array(batch * 3) } : {},
    })
    await expect(play('wild', { game: wild }).outcome).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^toy, adversary: training diverged at step 1/) as string,
      details: { player: 'adversary' },
    })
  })

  it('tells how far it is and how it looks', async () => {
    const told: string[] = []
    const step: TrainGameInput['step'] = (stage, done, total, about) => {
      told.push(`${stage} ${done}/${total} ${Object.keys(about?.metrics ?? {}).join()}`)
      return Promise.resolve()
    }
    await play('told', { step, settings: { epochs: 2, maxMinutes: null, patience: 9 } }).outcome
    expect(told).toEqual([
      'toy: epoch 1 0/6 ',
      'toy: epoch 1 1/6 ',
      'toy: epoch 1 2/6 ',
      'toy: judge epoch 1 3/6 ',
      'toy: epoch 2 3/6 hidden auc,ndcg@10',
      'toy: epoch 2 4/6 hidden auc,ndcg@10',
      'toy: epoch 2 5/6 hidden auc,ndcg@10',
      'toy: judge epoch 2 6/6 hidden auc,ndcg@10',
    ])
  })
})
