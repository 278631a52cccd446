// Simulates a data set, trains a small recommender on it and recommends to a user and to a stranger with a history.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { addDataset, recommend, resolveHome, train, type RecommendResult } from 'veilrec'

const folder = await mkdtemp(join(tmpdir(), 'veilrec-example-'))
const home = await resolveHome({ VEILREC_HOME: folder }, folder)

const options = { numUsers: 200, numItems: 60 }
await addDataset({ home, name: 'films', source: 'simulated', options, seed: 1 })

// Everything that is left out has a default; `veilrec config show sasrec` lists all settings.
const config = { model: { hiddenSize: 16, historyLength: 30 }, training: { epochs: 5 } }
const { manifest } = await train({ home, dataset: 'films', model: 'sasrec', config, name: 'first' })
console.log(`validation NDCG@10 ${manifest.bestValidation.toFixed(3)} after epoch ${manifest.bestEpoch}`)

print('user 7', await recommend({ home, run: 'first', user: '7', top: 5 }))
print('after films 3, 14 and 15', await recommend({ home, run: 'first', history: ['3', '14', '15'], top: 5 }))

await rm(folder, { recursive: true })

function print(who: string, { base }: RecommendResult): void {
  console.log(`${who}: ${base.map(({ title, item }) => title ?? item).join(', ')}`)
}
