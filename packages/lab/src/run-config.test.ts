import { recommenderKind, recommenderKinds, type RecommenderKind } from '@veilrec/core'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'

import { commentedConfig, configJsonSchema, describeModels } from './config-docs.js'
import { parseRunConfig, withPreset } from './run-config.js'

describe('parseRunConfig', () => {
  it('fills in defaults, and takes what is given', () => {
    const { model, training } = parseRunConfig('sasrec', { model: { hiddenSize: 64 } })
    expect(model).toMatchObject({ hiddenSize: 64, historyLength: 200, loss: 'sampledSoftmax' })
    expect(training).toMatchObject({ epochs: 200, optimizer: { kind: 'adam', beta2: 0.98 } })
  })

  it('puts what is given over the preset, and the preset over the defaults', () => {
    const fast = parseRunConfig('sasrec', { preset: 'fast', model: { historyLength: 20 } })
    expect(fast).toMatchObject({ preset: 'fast', model: { historyLength: 20, hiddenSize: 128 } })
    expect(fast.training.maxMinutes).toBeLessThan(12)
    expect(parseRunConfig('sasrec', { preset: 'paper' }).model).toMatchObject({ hiddenSize: 50, loss: 'bce' })
  })

  it('changes single settings of the optimizer, and replaces it where the kind is another', () => {
    const same = parseRunConfig('sasrec', { training: { optimizer: { learningRate: 0.1 } } })
    expect(same.training.optimizer).toMatchObject({ kind: 'adam', learningRate: 0.1, beta2: 0.98 })
    const other = parseRunConfig('sasrec', { training: { optimizer: { kind: 'sgd' } } })
    expect(other.training.optimizer).toEqual({ kind: 'sgd', learningRate: 0.001, weightDecay: 0 })
  })

  it.each([
    [{ model: { hiddenSiz: 1 } }, /hiddenSiz/],
    [{ preset: 'quick' }, /preset/],
    [{ modle: {} }, /modle/],
    [[], /expected object/],
    ['fast', /expected object/],
    [{ model: 5 }, /model/],
  ])('refuses %j', (config, message) => {
    expect(() => parseRunConfig('sasrec', config)).toThrow(message)
    expect(() => parseRunConfig('sasrec', config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  it('lets a kind depart from the general training settings, under any preset', () => {
    const kind: RecommenderKind = {
      ...recommenderKind('sasrec'),
      training: { batchTokens: 99, epochs: 7 },
      presets: { brief: { training: { epochs: 2 } } },
    }
    expect(withPreset(kind, {})).toMatchObject({ training: { batchTokens: 99, epochs: 7, patience: 5 } })
    expect(withPreset(kind, { preset: 'brief' })).toMatchObject({ training: { batchTokens: 99, epochs: 2 } })
    expect(withPreset(kind, { training: { epochs: 1 } })).toMatchObject({ training: { epochs: 1 } })
  })
})

const all = recommenderKinds.flatMap(({ name, presets }) =>
  [undefined, ...Object.keys(presets)].map((preset) => [name, preset] as const),
)

describe('commentedConfig', () => {
  it.each(all)('of %s, preset %s, reads as exactly that configuration', (model, preset) => {
    const expected = parseRunConfig(model, preset === undefined ? {} : { preset })
    expect(parseRunConfig(model, parse(commentedConfig(model, preset)))).toEqual(expected)
  })

  it('says of each setting what it is and what it may be', () => {
    const text = commentedConfig('sasrec')
    expect(text).toContain(
      '  # newest interactions that are read; at least 1, at most 4096\n  historyLength: 200\n',
    )
    expect(text).toContain('    # step size; more than 0\n    learningRate: 0.001\n')
    expect(text).toContain('  # threads:\n')
  })
})

describe('configJsonSchema', () => {
  it('is the schema of one recommender or of any', () => {
    expect(configJsonSchema('sasrec')).toMatchObject({
      title: 'veilrec sasrec',
      additionalProperties: false,
      properties: { model: { properties: { hiddenSize: { default: 128 } } } },
    })
    expect((configJsonSchema() as { anyOf: unknown[] }).anyOf).toHaveLength(describeModels().length)
  })
})
