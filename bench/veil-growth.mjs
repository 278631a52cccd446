// How veils grow with the number of attributes: numbers stored and training time of every method for 1 to 4 attributes, by the
// command. One small SASRec on made-up interactions whose four attributes have two classes each; every training has the
// same few epochs, so that times compare with each other and with nothing else. Minutes, in a folder of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Rng } from '@veilrec/core'

import { measuredVeilrec, veilrec } from './lib/command.mjs'
import { round } from './lib/timing.mjs'

const attributes = ['a', 'b', 'c', 'd']
const sizes = { users: 1000, items: 240, interactionsPerUser: 30, hiddenSize: 64, epochs: 2 }
const numClusters = 2 ** attributes.length

/** Methods with the settings that make them another one; what trains has the same epochs. */
const variants = [
  { name: 'linear-erasure', method: 'linear-erasure', isTrained: false },
  { name: 'afrl', method: 'afrl', isTrained: true },
  { name: 'ffvae', method: 'ffvae', isTrained: true },
  { name: 'filters, combine', method: 'filters', isTrained: true, set: ['mode=combine'] },
  { name: 'filters, separate', method: 'filters', isTrained: true },
  { name: 'pfrec', method: 'pfrec', isTrained: true },
]

export async function measure() {
  const home = mkdtempSync(join(tmpdir(), 'veilrec-growth-'))
  try {
    await trainedBase(home)
    const table = []
    for (const variant of variants) table.push(await growth(home, variant))
    return { results: { ...sizes, attributes: attributes.length, table }, bars: table.flatMap(barsOf) }
  } finally {
    rmSync(home, { recursive: true })
  }
}

async function trainedBase(home) {
  const source = join(home, 'source')
  mkdirSync(source)
  writeInteractions(source)
  await veilrec(home, ['data', 'add', 'four', '--source', 'table', '--mapping', join(source, 'mapping.yaml')])
  const settings = [
    `model.hiddenSize=${sizes.hiddenSize}`,
    'model.historyLength=50',
    'model.numNegatives=64',
    'training.epochs=4',
    'training.warmupSteps=10',
  ]
  const set = settings.flatMap((setting) => ['--set', setting])
  await veilrec(home, ['train', '--dataset', 'four', '--model', 'sasrec', '--name', 'base', ...set])
}

/** A cluster of items is liked the more, the more of its four bits are a user's own classes. */
function writeInteractions(folder) {
  const rng = Rng.fromSeed(1)
  const rows = ['user,item,time']
  const users = [`user,${attributes.join(',')}`]
  for (let user = 0; user < sizes.users; user++) {
    const classes = attributes.map(() => rng.int(2))
    users.push([`u${user}`, ...classes.map((code) => `class ${code}`)].join(','))
    const shared = (cluster) => classes.filter((code, bit) => code === ((cluster >> bit) & 1)).length
    const had = new Set()
    while (had.size < sizes.interactionsPerUser) {
      const item = rng.int(sizes.items)
      // Accepted with a probability that doubles with every bit that is shared.
      if (rng.int(numClusters) < 2 ** shared(item % numClusters) && !had.has(item)) {
        rows.push(`u${user},i${item},${1_600_000_000 + 60 * had.size}`)
        had.add(item)
      }
    }
  }
  writeFileSync(join(folder, 'interactions.csv'), `${rows.join('\n')}\n`)
  writeFileSync(join(folder, 'users.csv'), `${users.join('\n')}\n`)
  const mapping = [
    'interactions: { file: interactions.csv, user: user, item: item, time: time }',
    'users:',
    '  file: users.csv',
    '  id: user',
    '  attributes:',
    ...attributes.map((name) => `    ${name}: {}`),
  ]
  writeFileSync(join(folder, 'mapping.yaml'), `${mapping.join('\n')}\n`)
}

async function growth(home, { name, method, isTrained, set = [] }) {
  const settings = [...set, ...(isTrained ? [`epochs=${sizes.epochs}`] : [])]
  const veils = []
  for (let count = 1; count <= attributes.length; count++) {
    const names = attributes.slice(0, count).join(',')
    const words = ['veil', 'base', '--method', method, '--attributes', names]
    const { result } = await measuredVeilrec(home, [
      ...words,
      ...settings.flatMap((setting) => ['--set', setting]),
    ])
    const { manifest } = result
    const training = manifest.training?.reduce((sum, { seconds }) => sum + seconds, 0)
    const { parameters, requirements } = manifest
    veils.push({
      attributes: count,
      requirements: requirements.length,
      parameters,
      seconds: round(training ?? result.seconds),
    })
  }
  return { name, settings, veils }
}

function barsOf({ name, veils }) {
  const [one, four] = [veils[0], veils.at(-1)]
  const bar = (what, measured) => ({
    what: `veil ${name}, ${four.attributes} attributes / one: ${what}`,
    bar: 'none',
    measured: round(measured, 1),
    met: null,
  })
  return [
    bar('numbers stored', four.parameters / one.parameters),
    bar('training time', four.seconds / one.seconds),
  ]
}
