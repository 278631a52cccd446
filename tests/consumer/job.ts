// The main job through the library: `npm run pack` compiles and runs it against the packed packages.
import { addDataset, audit, recommend, resolveHome, train, veil, VeilrecError } from 'veilrec'

/** Simulates a data set, trains a recommender on it, hides gender and says what still leaks. */
export async function job(folder: string, signal: AbortSignal): Promise<string[]> {
  const home = await resolveHome({ VEILREC_HOME: folder }, folder)
  const options = { numUsers: 300, numItems: 80 }
  await addDataset({ name: 'small', source: 'simulated', options, home, seed: 1 })

  const config = {
    model: { hiddenSize: 16, historyLength: 30, numNegatives: 40 },
    training: { epochs: 4 },
  }
  const stages = new Set<string>()
  const { manifest } = await train({
    home,
    dataset: 'small',
    name: 'first',
    config,
    signal,
    onProgress: ({ stage }) => stages.add(stage),
  })
  await veil({ home, run: 'first', method: 'linear-erasure', attributes: ['gender'] })
  const { rows } = await audit({ home, run: 'first', attributes: ['gender'], isQuick: true })
  const { base, veiled } = await recommend({ home, run: 'first', user: '7', veil: ['gender'], top: 5 })

  return [
    `trained in ${stages.size} stages, NDCG@10 ${manifest.test?.model['ndcg@10'].value.toFixed(3)}`,
    ...rows.map(({ requirement, attacks }) => {
      return `hidden: ${requirement.join(', ') || 'nothing'}; gender AUC ${attacks[0]?.vectors.auc?.toFixed(3)}`
    }),
    `${base.length} films without a veil, ${veiled?.length} behind it`,
  ]
}

/** Errors are data: a stable code, details, and a hint for people. */
export function explain(error: unknown): string {
  if (!(error instanceof VeilrecError)) throw error
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
}
