// Hides gender from a recommender and measures, by attack, what can still be told of it and what that cost.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { addDataset, audit, resolveHome, train, veil } from 'veilrec'

const folder = await mkdtemp(join(tmpdir(), 'veilrec-example-'))
const home = await resolveHome({ VEILREC_HOME: folder }, folder)

const options = { numUsers: 800, numItems: 120, strength: 1 }
await addDataset({ home, name: 'films', source: 'simulated', options, seed: 1 })
const config = {
  model: { hiddenSize: 16, historyLength: 40, numNegatives: 60 },
  training: { epochs: 12, batchTokens: 3200, warmupSteps: 20 },
}
await train({ home, dataset: 'films', config, name: 'first' })

// A veil learns from the labels of the defence users only; the attack is measured on users it has never seen.
await veil({ home, run: 'first', method: 'linear-erasure', attributes: ['gender'] })
const { rows, threatsToValidity } = await audit({ home, run: 'first', attributes: ['gender'], isQuick: true })

for (const { requirement, attacks, accuracy } of rows) {
  const [attack] = attacks
  const ndcg = accuracy.all['ndcg@10'].value.toFixed(3)
  console.log(
    `hiding ${requirement.join(', ') || 'nothing'}: gender AUC ${attack?.vectors.auc?.toFixed(3)}, NDCG@10 ${ndcg}`,
  )
}
console.log(
  `${threatsToValidity.length} reasons why these numbers may mislead, such as: ${threatsToValidity[0]}`,
)

await rm(folder, { recursive: true })
