import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  adversarialLoss,
  attributeClassifier,
  classifierLoss,
  classWeights,
  constant,
  layers,
  leaveOneOutTargets,
  ops,
  optimizerSchema,
  vectorVeilSettings,
  type Tensor,
  type VectorBatch,
  type VectorVeilConfig,
} from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { readSafetensors } from '@veilrec/runtime'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { baseEncoder } from '../base-encoder.js'
import { loadRun } from '../load-run.js'
import { train } from '../train.js'
import { vectorKind, type VectorMethod } from './vector-kind.js'
import { listVeils, loadVeil } from './veil-folder.js'
import type { VeilKind } from './veil-kind.js'
import { veilKinds } from './veil-kinds.js'
import { veil, type VeilRequest } from './veil.js'

const schema = z.strictObject({
  ...vectorVeilSettings,
  weight: z.number().default(2).describe('of the adversary'),
})

/** `u + m h(u)` with `m` the number of hidden attributes and `h` linear, from 0, against linear adversaries. */
const toy: VectorMethod<z.output<typeof schema>> = {
  method: 'toy',
  summary: 'for tests',
  schema,
  presets: { quick: { epochs: 1 } },
  veil: () => (scope, vectors, hidden) => {
    const width = vectors.shape[1] as number
    const change = layers.linear(scope.child('change'), vectors, width, { initializer: constant(0) })
    return ops.add(vectors, ops.mul(change, ops.sum(hidden, { axes: [-1], keepDims: true })))
  },
  model(config, { dimension, labels }) {
    const veiled = toy.veil(config, {
      dimension,
      attributes: labels.attributes.map(({ name }) => name),
      numClasses: labels.attributes.map(({ numClasses }) => numClasses),
    })
    const optimizer = (learningRate: number) => optimizerSchema.parse({ kind: 'adam', learningRate })
    const losses = (
      scope: Parameters<typeof veiled>[0],
      batch: VectorBatch,
      loss: typeof classifierLoss,
    ): Tensor =>
      labels.attributes
        .map((attribute, index) => {
          const vectors = veiled(scope, batch.vectors, batch.hidden)
          const logits = attributeClassifier(
            scope.child(`adversary${index}`),
            vectors,
            attribute.numClasses,
            {
              hidden: [16],
            },
          )
          return loss(logits, {
            labels: batch.labels[index]!,
            weights: classWeights(attribute, 'sqrtInverse'),
          })
        })
        .reduce((a, b) => ops.add(a, b))
    return {
      veil: veiled,
      players: [
        {
          name: 'veil',
          steps: 1,
          schedule: 'cosine',
          trains: (parameter) => parameter.startsWith('change'),
          optimizer: optimizer(config.learningRate),
          objective: (scope, batch) => ({
            loss: ops.add(
              batch.recommendationLoss(veiled(scope, batch.vectors, batch.hidden)),
              ops.mul(
                losses(scope, batch, (logits, target) => adversarialLoss(logits, target, 'uniform')),
                config.weight,
              ),
            ),
          }),
        },
        {
          name: 'adversary',
          steps: 2,
          schedule: 'constant',
          trains: (parameter) => parameter.startsWith('adversary'),
          optimizer: optimizer(config.adversaryLearningRate),
          objective: (scope, batch) => ({ loss: losses(scope, batch, classifierLoss) }),
        },
      ],
    }
  },
  initialize(_, store, { vectors, dimension, labels }) {
    expect(vectors).toHaveLength(labels.attributes[0]!.training.length * dimension)
    store.get('change/bias').data.fill(1e-4)
  },
}

const home = mkdtempSync(join(tmpdir(), 'veilrec-vector-kind-'))
const kinds = veilKinds as VeilKind[]
const config = { epochs: 4, batchSize: 64, numNegatives: 32, learningRate: 0.01, windowsPerUser: 4 }
const request: VeilRequest = { home, run: 'first', method: 'toy', config, threads: 1 }
const veils = join(home, 'runs', 'first', 'veils')

beforeAll(async () => {
  kinds.push(vectorKind(toy) as VeilKind)
  const options = { numUsers: 400, numItems: 60, strength: 1, orderShare: 0, popularityExponent: 0.3 }
  await addDataset({ home, name: 'small', source: 'simulated', seed: 1, options })
  const small = {
    model: { hiddenSize: 16, historyLength: 32, numHeads: 1, numBlocks: 1, numNegatives: 30 },
    training: { epochs: 6, batchTokens: 800, warmupSteps: 10, optimizer: { learningRate: 0.01 } },
  }
  await train({ home, dataset: 'small', config: small, name: 'first' })
  const flat = { model: { hiddenSize: 8 }, training: { epochs: 2 } }
  await train({ home, dataset: 'small', model: 'pmf', config: flat, name: 'flat' })
}, 120_000)
afterAll(() => {
  kinds.pop()
  rmSync(home, { recursive: true })
})

/** Runs the request and stops it at a stage. */
async function stopped(stage: string, changes: Partial<VeilRequest> = {}): Promise<unknown> {
  const controller = new AbortController()
  const attempt = veil({
    ...request,
    ...changes,
    signal: controller.signal,
    onProgress: (progress) => progress.stage === stage && controller.abort(),
  })
  return attempt.then(
    () => 'finished',
    (error: unknown) => error,
  )
}

describe('a veil that is trained on frozen vectors', () => {
  let sha = ''

  it('is made, stored without what only trains it, and keeps nothing else', async () => {
    const stages: string[] = []
    const { manifest, folder } = await veil({
      ...request,
      onProgress: ({ stage }) => stages.at(-1) !== stage && stages.push(stage),
    })
    expect(manifest).toMatchObject({
      method: 'toy',
      formatVersion: 2,
      seed: 1,
      config: { ...config, weight: 2, patience: 10 },
      attributes: ['age', 'gender'],
      parameters: 16 * 16 + 16,
      training: [{ name: 'toy', epochs: 4 }],
    })
    const { judgements, bestEpoch, seconds } = manifest.training![0]!
    expect(judgements.map(({ requirements }) => requirements.map(({ requirement }) => requirement))).toEqual(
      Array.from({ length: 4 }, () => [['age'], ['gender'], ['age', 'gender']]),
    )
    expect(Object.keys(judgements[0]!.requirements[2]!.aucs)).toEqual(['age', 'gender'])
    expect(bestEpoch).toBeGreaterThan(0)
    expect(seconds).toBeGreaterThan(0)
    expect(stages.slice(0, 4)).toEqual(['load', 'encode histories', 'toy: epoch 1', 'toy: judge epoch 1'])
    expect([...(await readSafetensors(join(folder, 'veil.safetensors'))).tensors.keys()]).toEqual([
      'change/bias',
      'change/weight',
    ])
    expect(await readdir(veils)).toEqual(['toy'])
    sha = manifest.tensorsSha256
  })

  it.each(veilConformance)('$name', async ({ check }) => {
    const run = await loadRun(home, 'first')
    const [manifest] = await listVeils(run.folder)
    const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
    const histories = { offsets: known.offsets.slice(0, 13), items: known.items }
    await check({
      veil: (base) => loadVeil(run, manifest!, base),
      base: baseEncoder(run, { threads: 1 }),
      histories,
    })
  })

  it('goes on after a stop to the same bytes, from the vectors that it had stored', async () => {
    expect(await stopped('toy: epoch 3')).toMatchObject({
      code: 'ABORTED',
      message: 'stopped on request; what was trained of the toy veil is kept',
      hint: 'The same command goes on where this one stopped.',
    })
    expect(await readdir(veils)).toEqual(['.toy.work', 'toy'])
    expect((await listVeils(join(home, 'runs', 'first'))).map(({ id }) => id)).toEqual(['toy'])
    const stages = new Set<string>()
    const { manifest } = await veil({ ...request, onProgress: ({ stage }) => stages.add(stage) })
    expect(manifest.tensorsSha256).toBe(sha)
    expect([...stages]).toEqual(expect.arrayContaining(['toy: epoch 3', 'toy: epoch 4']))
    for (const stage of ['encode histories', 'toy: epoch 1', 'toy: epoch 2']) {
      expect(stages).not.toContain(stage)
    }
    expect(await readdir(veils)).toEqual(['toy'])
  })

  it.each([
    ['seed', { seed: 2 }],
    ['configuration', { config: { ...config, weight: 1 } }],
    ['attributes', { attributes: ['gender'] }],
  ])('begins anew with another %s', async (_, changes) => {
    await stopped('toy: epoch 2')
    const stages = new Set<string>()
    const { manifest } = await veil({ ...request, ...changes, onProgress: ({ stage }) => stages.add(stage) })
    expect(stages).toContain('toy: epoch 1')
    expect(manifest.tensorsSha256).not.toBe(sha)
  })

  it('leaves no work folder where it was stopped before there was anything to keep', async () => {
    expect(await stopped('encode histories', { seed: 3 })).toMatchObject({
      code: 'ABORTED',
      message: 'stopped on request; nothing was written',
    })
    expect(await readdir(veils)).toEqual(['toy'])
  })

  it('computes windows again that do not fit or cannot be read', async () => {
    const path = join(home, 'runs', 'first', 'veil-windows.safetensors')
    await veil({ ...request, config: { ...config, preset: 'quick', epochs: undefined } })
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, 1000))
    const { manifest } = await veil({ ...request, config })
    expect(manifest.tensorsSha256).toBe(sha)
    expect((await readFile(path)).equals(whole)).toBe(true)
  })

  it('refuses settings that it does not have', async () => {
    await expect(veil({ ...request, config: { weigth: 1 } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'Did you mean "weight"?',
    })
  })

  it('is refused when a stored number is not finite or one is missing', async () => {
    const run = await loadRun(home, 'first')
    const [manifest] = await listVeils(run.folder)
    const kind = vectorKind(toy)
    const zeros = (...shape: number[]) => ({
      shape,
      data: new Float32Array(shape.reduce((size, dim) => size * dim)),
    })
    const restore = (tensors: Parameters<typeof kind.restore>[0]['tensors']) => () =>
      kind.restore({
        run,
        manifest: manifest!,
        config: schema.parse({}),
        tensors,
        path: 'veil.safetensors',
        base: baseEncoder(run),
      })
    const weight = ['change/weight', zeros(16, 16)] as const
    expect(restore(new Map([weight, ['change/bias', zeros(16)]]))).not.toThrow()
    expect(restore(new Map([weight]))).toThrow(/change\/bias/)
    const bias = { ...zeros(16), data: new Float32Array(16).fill(NaN) }
    expect(restore(new Map([weight, ['change/bias', bias]]))).toThrow(/"change\/bias" is not of finite/)
  })
})

it('learns from every item of a recommender that has one vector for each user', async () => {
  const { manifest } = await veil({ ...request, run: 'flat', config: { ...config, epochs: 1 } })
  expect(manifest).toMatchObject({ dimension: 8, training: [{ epochs: 1 }] })
  expect(await readdir(join(home, 'runs', 'flat'))).not.toContain('veil-windows.safetensors')
})

it('is typed by its own settings', () => {
  const kind: VeilKind<z.output<typeof schema> & VectorVeilConfig> = vectorKind(toy)
  expect(kind.presets).toEqual({ quick: { epochs: 1 } })
})
