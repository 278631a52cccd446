// Only @veilrec/core, with the types of a browser and none of Node: compiled by `npm run pack`.
import { Rng, type Dataset } from '@veilrec/core'

export function someUser(dataset: Dataset): number {
  return Rng.fromSeed(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).int(dataset.numUsers)
}
