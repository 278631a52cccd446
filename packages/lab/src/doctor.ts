import { availableParallelism } from 'node:os'
import { Graph, toOnnx } from '@veilrec/core'
import { duckDBVersion } from '@veilrec/data'
import { createOrtRuntime, listProviders, ortVersion } from '@veilrec/runtime'

import { assertSupported, currentPlatform, platformName } from './doctor-platform.js'
import { veilrecVersion } from './version.js'

/** What {@link doctor} is asked to do. */
export interface DoctorRequest {
  readonly home: string
}

/** What {@link doctor} saw. */
export interface DoctorResult {
  readonly versions: {
    readonly veilrec: string
    readonly node: string
    readonly onnxruntime: string
    readonly duckdb: string
  }
  /** Operating system, processor and C library, one of the supported ones. */
  readonly platform: string
  /** Where graphs can run; `installed` is false where the provider needs parts that are not there. */
  readonly providers: readonly { readonly name: string; readonly installed: boolean }[]
  /** Threads used by default. */
  readonly threads: number
  /** Folder of data sets and runs. */
  readonly home: string
}

/**
 * Says whether this machine can run Veilrec: refuses a platform without binaries, then loads ONNX Runtime and runs a
 * graph, loads DuckDB and runs a query.
 *
 * @throws VeilrecError `PLATFORM_UNSUPPORTED` with the reason; `RUNTIME_FAILED` when a graph does not run; whatever
 * loading a native library throws when its files are broken.
 */
export async function doctor({ home }: DoctorRequest): Promise<DoctorResult> {
  const platform = currentPlatform()
  assertSupported(platform)
  const onnxruntime = await ortVersion()
  await runSmallGraph()
  const duckdb = await duckDBVersion()
  const providers = await listProviders()
  return {
    versions: { veilrec: veilrecVersion, node: process.versions.node, onnxruntime, duckdb },
    platform: platformName(platform),
    providers: providers.map(({ name, bundled }) => ({ name, installed: bundled })),
    threads: availableParallelism(),
    home,
  }
}
