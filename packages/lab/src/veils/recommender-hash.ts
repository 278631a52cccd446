import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

import { bestParametersPath } from '../load-run.js'

/** SHA-256 (hex) of the parameters that a run recommends with. */
export async function recommenderSha256(runFolder: string): Promise<string> {
  return fileSha256(bestParametersPath(runFolder))
}

/** SHA-256 (hex) of a file. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
