// What a result depends on, without anything that names a machine or a person.
import { readdirSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { hashOfSources } from '@veilrec/lab'
import { onnxRuntimeVersion } from '@veilrec/runtime'

const root = fileURLToPath(new URL('../../', import.meta.url))

export function describeMachine() {
  return {
    sourceHash: sourceHash(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    versions: { node: process.versions.node, onnxruntime: onnxRuntimeVersion },
  }
}

/** Over the sources that a measurement runs: those of all packages, and the benchmarks. */
function sourceHash() {
  const packages = readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => ({ name: `packages/${name}`, folder: join(root, 'packages', name, 'src') }))
  return hashOfSources([...packages, { name: 'bench', folder: join(root, 'bench') }])
}
