import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

import { onnxRuntimeVersion } from '@veilrec/runtime'

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Version of this package, written into every run it makes. */
export const veilrecVersion: string = (manifest as { version: string }).version

/** Versions on which equal bytes depend. */
export function engineVersions(): Record<string, string> {
  return { node: process.versions.node, onnxruntime: onnxRuntimeVersion }
}

/** What the machine computes with; no host name. */
export function cpuDescription(): { readonly model: string; readonly cores: number } {
  return { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() }
}
