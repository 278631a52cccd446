// Trains a small recommender on made-up users, puts a veil on it, serves it, and asks it as a product would.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { addDataset, bundle, createService, resolveHome, train, veil } from 'veilrec'

const folder = await mkdtemp(join(tmpdir(), 'veilrec-example-'))
const home = await resolveHome({ VEILREC_HOME: folder }, folder)
await addDataset({
  home,
  name: 'films',
  source: 'simulated',
  options: { numUsers: 200, numItems: 60 },
  seed: 1,
})
const config = { model: { hiddenSize: 16, historyLength: 30 }, training: { epochs: 3 } }
await train({ home, dataset: 'films', config, name: 'films' })
await veil({ home, run: 'films', method: 'linear-erasure' })
const out = join(folder, 'films.bundle')
await bundle({ home, run: 'films', out })

// Nothing was audited here, which a service refuses unless it is told otherwise.
const service = await createService({
  bundle: out,
  config: { port: 0, unaudited: 'serve_flagged', drain: { graceSeconds: 0 } },
})
const url = await service.listen()

/** The part of an answer that this product shows. */
interface Answer {
  readonly items: readonly { readonly id: string; readonly title: string | null; readonly rank: number }[]
  readonly applied: { readonly mode: string; readonly hide: readonly string[]; readonly degraded: boolean }
}

/** A list for somebody who has had these items, behind the veil that this person chose. */
async function recommend(history: readonly string[], hide: readonly string[]): Promise<Answer> {
  const response = await fetch(`${url}/v1/recommendations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ history, k: 5, requirements: { hide } }),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as Answer
}

const history = ['3', '14', '15']
for (const hide of [[], ['gender'], ['gender', 'age']]) {
  const { items, applied } = await recommend(history, hide)
  console.log(`hidden: ${applied.hide.join(', ') || 'nothing'}: ${items.map(({ id }) => id).join(', ')}`)
}

await service.drain()
await rm(folder, { recursive: true })
