import { createOrtRuntime } from '@veilrec/runtime'
import { checkObjective, runGraph } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { TrainingStep } from '../../graph/training-step.js'
import { mul } from '../../graph/ops/elementwise.js'
import { sum } from '../../graph/ops/reduction.js'
import { gradients } from '../../graph/differentiate.js'
import { Rng } from '../../random.js'
import { applyAffineMap } from '../affine-map.js'
import { defenceLabels, type DefenceLabels } from '../learning/defence-labels.js'
import { innerProductScorer } from '../learning/frozen-scorer.js'
import { fitLinearErasure } from '../linear-erasure.js'
import { vectorGame } from '../vector-veil/vector-game.js'
import { afrlPresets, afrlSchema, type AfrlConfig } from './afrl-config.js'
import { afrlModel, afrlVeil, alignmentLoss, initializeAfrl } from './afrl-model.js'
import { afrlFusion } from './afrl.js'

const runtime = createOrtRuntime({ threads: 1 })
const dimension = 4
const numUsers = 60
const rng = Rng.fromSeed(1)
const vectors = Float32Array.from({ length: numUsers * dimension }, () => rng.normal())
const attribute = (name: string, numClasses: number) => ({
  name,
  classes: Array.from({ length: numClasses }, (_, c) => `c${c}`),
  codes: Int16Array.from({ length: numUsers }, (_, u) => (vectors[u * dimension]! > 0 ? u % numClasses : 0)),
})
const labels: DefenceLabels = defenceLabels(
  [attribute('age', 3), attribute('gender', 2)],
  new Uint8Array(numUsers),
  {
    holdoutShare: 0.25,
    rng,
  },
)
const itemVectors = Float32Array.from({ length: 9 * dimension }, () => rng.normal())
/** What classifiers might tell of each user. */
const probabilities = labels.attributes.map(({ numClasses }, index) =>
  Float32Array.from({ length: numUsers * numClasses }, (_, i) => {
    const [user, c] = [Math.floor(i / numClasses), i % numClasses]
    const first = vectors[user * dimension + index]! > 0 ? 0.8 : 0.2
    return c === 0 ? first : (1 - first) / (numClasses - 1)
  }),
)
const small = {
  listenerWeight: 0,
  batchSize: 12,
  numNegatives: 5,
  adversaryHidden: 6,
  generatorWidths: [2],
  fuseWidths: [2],
  audienceSize: 40,
}

function configured(changes: Partial<AfrlConfig> = {}): AfrlConfig {
  return afrlSchema.parse({ ...small, ...changes })
}

/** A game on random windows, with its parameters. */
function game(config: AfrlConfig) {
  const scorer = innerProductScorer(itemVectors, dimension)
  const users = Int32Array.from({ length: numUsers }, (_, user) => user)
  const targets = users.map((user) => 1 + (user % 8))
  const windows = { dimension, vectors, rows: users, users, targets }
  const model = afrlModel(config, labels)
  const store = new ParameterStore(Rng.fromSeed(2), scorer.store)
  const game = vectorGame({
    model,
    windows,
    labels,
    scorer,
    settings: config,
    windowsPerEpoch: 60,
    audience: { vectors, probabilities },
  })
  return { store, model, ...game }
}

/** Plays some rounds and returns each player's last report. */
async function play(
  { store, players, batch }: ReturnType<typeof game>,
  rounds: number,
  who: readonly string[] = ['representation', 'adversary'],
): Promise<Record<string, Readonly<Record<string, number>>>> {
  const draws = Rng.fromSeed(5)
  const steps = await Promise.all(
    players.map(({ objective, optimizer, trains }, index) =>
      TrainingStep.compile(runtime, (scope) => objective(scope, batch(players[index]!, draws).shape), {
        store,
        optimizer,
        trainable: trains,
        dropoutRng: draws,
      }),
    ),
  )
  const reports: Record<string, Readonly<Record<string, number>>> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [index, player] of players.entries()) {
      if (!who.includes(player.name)) continue
      reports[player.name] = await steps[index]!.run(batch(player, draws).inputs)
    }
  }
  return reports
}

/** Veiled vectors of some users under one requirement, `hidden` per attribute. */
async function veiled(
  config: AfrlConfig,
  store: ParameterStore,
  hidden: readonly number[],
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const output = afrlVeil(config, 2)(
    scope,
    scope.input('vectors', 'float32', [numUsers, dimension]),
    scope.input('hidden', 'float32', [numUsers, 2]),
  )
  const program = await Program.compile(runtime, trace, [output], {})
  const rows = Float32Array.from({ length: numUsers * 2 }, (_, index) => hidden[index % 2]!)
  const result = await program.run({ vectors, hidden: rows })
  await program.release()
  return result[output.name]!.data.slice() as Float32Array
}

/** Names of the parameters whose values differ from a snapshot. */
function changed(store: ParameterStore, before: ReadonlyMap<string, Float32Array>): string[] {
  return store
    .list()
    .filter(({ name, data }) => before.has(name) && data.some((value, i) => value !== before.get(name)![i]))
    .map(({ name }) => name)
}

const parts = (names: readonly string[]): string[] => [...new Set(names.map((name) => name.split('/')[1]!))]

describe('afrlFusion', () => {
  it('lets a hidden embedding have no influence, and a kept one some', async () => {
    const trace = createTrace(new ParameterStore(Rng.fromSeed(1)), { training: false })
    const scope = new Scope(trace)
    const input = (name: string): Tensor => scope.input(name, 'float32', [1, dimension])
    const embeddings = { collaborative: input('z0'), attributes: [input('z1'), input('z2')] }
    const hidden = scope.input('hidden', 'float32', [1, 2])
    const fused = afrlFusion(scope, embeddings, hidden, configured({ start: 'random' }))
    const wanted = gradients(sum(fused), [embeddings.collaborative, ...embeddings.attributes])
    const feeds = Object.fromEntries(
      [...trace.inputs].map(([name, { shape }]) => {
        const data =
          name === 'hidden'
            ? Float32Array.of(1, 0)
            : Float32Array.from({ length: dimension }, () => rng.normal())
        return [name, { dtype: 'float32' as const, dims: shape as number[], data }]
      }),
    )
    for (const { name, tensor } of trace.store.list()) Object.assign(feeds, { [name]: tensor })
    const [ofZ0, ofHidden, ofKept] = await runGraph(runtime, trace.graph, wanted, feeds)
    expect(ofHidden!.data.every((value) => value === 0)).toBe(true)
    expect(ofZ0!.data.some((value) => value !== 0)).toBe(true)
    expect(ofKept!.data.some((value) => value !== 0)).toBe(true)
  })
})

describe('alignmentLoss', () => {
  const loss = async (alignForm: 'code' | 'eq13'): Promise<number> => {
    const trace = createTrace(new ParameterStore(Rng.fromSeed(1)), { training: false })
    const scope = new Scope(trace)
    const z = scope.input('z', 'float32', [2, 2])
    const nll = scope.input('nll', 'float32', [])
    const result = alignmentLoss(z, nll, { alignForm, beta: 0.5 })
    const [value] = await runGraph(runtime, trace.graph, [result], {
      z: { dtype: 'float32', dims: [2, 2], data: Float32Array.of(3, 4, 0, 1) },
      nll: { dtype: 'float32', dims: [], data: Float32Array.of(0.8) },
    })
    return Number(value!.data[0])
  }

  it('puts beta on the length as released, on the classification in equation 13', async () => {
    // Lengths 5 and 1.
    expect(await loss('code')).toBeCloseTo(0.8 + (0.5 * (5 + 1)) / 2, 6)
    expect(await loss('eq13')).toBeCloseTo((25 + 1) / 4 + 0.5 * 0.8, 6)
  })
})

describe('afrlModel', () => {
  it('is one player that looks at an audience, or with adversaries two that do not', () => {
    const { players, model } = game(configured())
    expect(players.map(({ name }) => name)).toEqual(['representation'])
    expect(model.audienceSize).toBe(40)
    const played = game(configured({ opponent: 'adversary' }))
    expect(played.players.map(({ name }) => name)).toEqual(['representation', 'adversary'])
    expect(played.model.audienceSize).toBeUndefined()
  })

  it.each([
    ['kernel', 'representation', ['alignment', 'attributes', 'collaborative', 'fuse']],
    ['adversary', 'representation', ['alignment', 'attributes', 'collaborative', 'fuse']],
    ['adversary', 'adversary', ['adversary']],
  ] as const)(
    'against a %s the %s moves its own parameters and leaves the others as they are',
    async (opponent, who, own) => {
      const played = game(configured({ opponent }))
      // The last layers start at 0, so that what lies before them needs a second step to move.
      await play(played, 1, ['representation', 'adversary'])
      const before = played.store.snapshot()
      await play(played, 2, [who])
      const moved = changed(played.store, before)
      expect(parts(moved)).toEqual(own)
      expect(moved).toEqual(
        played.store
          .list()
          .map(({ name }) => name)
          .filter((name) => own.some((part) => part === name.split('/')[1]))
          .filter((name) => opponent === 'kernel' || !name.includes('/erasure/')),
      )
    },
  )

  it('has listeners beside the kernel, which learn by turns', async () => {
    const played = game(configured({ listenerWeight: 1 }))
    expect(played.players.map(({ name }) => name)).toEqual(['representation', 'afrl/listeners'])
    await play(played, 1, ['representation', 'afrl/listeners'])
    for (const who of ['representation', 'afrl/listeners']) {
      const before = played.store.snapshot()
      await play(played, 2, [who])
      const moved = parts(changed(played.store, before))
      expect(moved.includes('listeners')).toBe(who !== 'representation')
      expect(moved.includes('fuse')).toBe(who === 'representation')
    }
  })

  it('lets what the audience tells reach generators and fusion: whoever may not tell, tells less', async () => {
    const dependenceAfter = async (dependenceWeight: number): Promise<number> => {
      const played = game(configured({ dependenceWeight, start: 'identity', learningRate: 1e-2 }))
      const report = await play(played, 40, ['representation'])
      return report['representation']!['dependence']!
    }
    expect(await dependenceAfter(300)).toBeLessThan(0.5 * (await dependenceAfter(0)))
  })

  it('counts of the fused vector only what its requirement hides, of the embedding for all everything', async () => {
    // Without attribute embeddings and untrained, the fused vector is z_0: each hidden attribute counts twice, any other once.
    const played = game(
      configured({ start: 'identity', withoutAttributeEmbeddings: true, collaborativeDependence: 1 }),
    )
    const [player] = played.players
    const step = await TrainingStep.compile(
      runtime,
      (scope) => player.objective(scope, { batch: 12, time: 1 }),
      { store: played.store, optimizer: player.optimizer, dropoutRng: Rng.fromSeed(1) },
    )
    const { inputs } = played.batch(player, Rng.fromSeed(3))
    const untrained = played.store.snapshot()
    const dependence = async (hidden: readonly number[]): Promise<number> => {
      played.store.restore(untrained)
      const audienceHidden = Float32Array.from({ length: 40 * 2 }, (_, i) => hidden[i % 2]!)
      return (await step.run({ ...inputs, audienceHidden }))['dependence']!
    }
    const none = await dependence([0, 0])
    const both = await dependence([1, 1])
    expect(Math.abs(none)).toBeGreaterThan(1e-4)
    expect(both).toBeCloseTo(2 * none, 6)
    expect((await dependence([1, 0])) + (await dependence([0, 1]))).toBeCloseTo(none + both, 6)
  })

  it.each(['erasure', 'random'] as const)('has a differentiable veil, start %s', async (start) => {
    const objective = (scope: Scope): { loss: Tensor } => {
      const hidden = scope.input('hidden', 'float32', [3, 2])
      const output = afrlVeil(configured({ start }), 2)(
        scope,
        scope.input('vectors', 'float32', [3, dimension]),
        hidden,
      )
      return { loss: sum(mul(output, output)) }
    }
    const hidden = Float32Array.of(0, 0, 1, 0, 1, 1)
    await checkObjective(objective, { vectors: vectors.slice(0, 3 * dimension), hidden })
  })

  it('starts from the linear erasure of what is hidden, fitted on the labels that train', async () => {
    const config = configured({ erasureShrinkage: 0.5 })
    const { store, players, batch } = game(config)
    players[0].objective(new Scope(createTrace(store, { training: true })), batch(players[0], rng).shape)
    initializeAfrl(config, store, { dimension, vectors, labels })
    const attributes = labels.attributes.map(({ name, numClasses, training }) => ({
      name,
      classes: Array.from({ length: numClasses }, String),
      codes: training,
    }))
    const common = { vectors, dimension, userGroup: new Uint8Array(numUsers), shrinkage: 0.5, rank: 5 }
    for (const [hidden, erased] of [
      [[1, 1], attributes],
      [[1, 0], attributes.slice(0, 1)],
      [[0, 1], attributes.slice(1)],
    ] as const) {
      const map = fitLinearErasure({ ...common, attributes: erased })
      const expected = applyAffineMap(map, vectors)
      const result = await veiled(config, store, hidden)
      result.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
    }
    expect(await veiled(configured({ start: 'identity' }), store, [1, 1])).toEqual(vectors)
  })

  it.each(['batch', 'sample'] as const)('hides by the masks of each %s', async (maskPer) => {
    const reports = await Promise.all(
      [0, 1].map(async (others) => {
        const played = game(configured({ maskPer, start: 'random' }))
        const [player] = played.players
        const step = await TrainingStep.compile(
          runtime,
          (scope) => player.objective(scope, { batch: 12, time: 1 }),
          { store: played.store, optimizer: player.optimizer, dropoutRng: Rng.fromSeed(1) },
        )
        const { inputs } = played.batch(player, Rng.fromSeed(3))
        const hidden = Float32Array.from({ length: 24 }, (_, i) => (i < 2 ? i : others))
        return (await step.run({ ...inputs, hidden }))['recommendation']!
      }),
    )
    expect(reports[0] === reports[1]).toBe(maskPer === 'batch')
  })

  it.each([
    ['adversary', { lambda: 0 }],
    ['kernel', { dependenceWeight: 0 }],
  ] as const)('predicts better than the vectors where the %s weighs nothing', async (opponent, weight) => {
    const own = { start: 'identity', learningRate: 3e-3, batchSize: 200 } as const
    const played = game(configured({ opponent, beta: 0, ...weight, ...own }))
    const first = await play(played, 1, ['representation'])
    const last = await play(played, 100, ['representation'])
    expect(last['representation']!['recommendation']).toBeLessThan(
      0.95 * first['representation']!['recommendation']!,
    )
    expect(first['representation']!['reconstruction']).toBe(0)
    // In the game of the paper the loss of the next item reaches the fusion only, and leaves z_0 at the vectors.
    expect(last['representation']!['reconstruction'] === 0).toBe(opponent === 'adversary')
  })

  it('has one model for all requirements, which grows by one generator and one block per attribute', () => {
    const sizes = [1, 2, 3, 4].map((numAttributes) => {
      const store = new ParameterStore(Rng.fromSeed(1))
      const scope = new Scope(createTrace(store, { training: false }))
      const input = (name: string, width: number): Tensor => scope.input(name, 'float32', [2, width])
      afrlVeil(configured(), numAttributes)(
        scope,
        input('vectors', dimension),
        input('hidden', numAttributes),
      )
      return store.size
    })
    // A generator: LayerNorm 2 * 4, 4 * 8 + 8, 8 * 4 + 4; its erasure: 4 * 4 + 4; its block of the fusion: 4 * 8.
    const step = 8 + 40 + 36 + 20 + 32
    expect(sizes).toEqual([0, 1, 2, 3].map((more) => sizes[0]! + more * step))
  })

  it('leaves out of the ablations what they are without', async () => {
    const config = configured({ opponent: 'adversary', withoutAttributeEmbeddings: true })
    const withoutAttributes = game(config)
    await play(withoutAttributes, 2)
    expect(parts(withoutAttributes.store.list().map(({ name }) => name))).toEqual([
      'adversary',
      'collaborative',
      'fuse',
    ])
    const { store } = withoutAttributes
    expect(await veiled(config, store, [1, 0])).toEqual(await veiled(config, store, [0, 1]))

    for (const opponent of ['kernel', 'adversary'] as const) {
      const withoutCollaborative = game(configured({ opponent, withoutCollaborativeEmbedding: true }))
      expect(withoutCollaborative.players.map(({ name }) => name)).toEqual(['representation'])
      const { representation } = await play(withoutCollaborative, 2)
      expect(Object.keys(representation!)).not.toContain('reconstruction')
      expect(parts(withoutCollaborative.store.list().map(({ name }) => name))).toEqual([
        'alignment',
        'attributes',
        'fuse',
      ])
    }
    expect(() =>
      configured({ withoutAttributeEmbeddings: true, withoutCollaborativeEmbedding: true }),
    ).toThrow(/nothing would be left/)
  })

  it('plays the preset of the paper', async () => {
    const config = afrlSchema.parse({ ...afrlPresets.paper, batchSize: 12 })
    const played = game(config)
    const reports = await play(played, 3)
    for (const report of Object.values(reports))
      expect(Object.values(report).every(Number.isFinite)).toBe(true)
    expect(parts(played.store.list().map(({ name }) => name))).not.toContain('erasure')
    expect(played.store.get('afrl/adversary/0/0/weight').shape).toEqual([dimension, dimension])
  })
})
