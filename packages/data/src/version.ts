import { readFileSync } from 'node:fs'

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Version of this package, written into every data set it makes. */
export const veilrecVersion: string = (manifest as { version: string }).version
