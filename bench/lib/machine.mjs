// What a result depends on, without anything that names a machine or a person.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

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

/** Hash over the sources that a measurement runs: all of packages and bench but tests, results and builds. */
function sourceHash() {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'packages', 'bench'], {
    cwd: root,
  })
  const files = listed
    .toString()
    .split('\n')
    .filter((file) => /\.(ts|mjs|js|py|json)$/.test(file) && !/\.test\.ts$|^bench\/results\//.test(file))
    .filter((file) => existsSync(root + file))
    .sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(root + file))
  return hash.digest('hex')
}
