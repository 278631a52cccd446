import { availableParallelism } from 'node:os'
import { Graph, ops, toOnnx, VeilrecError, type HostTensor } from '@veilrec/core'
import { duckDBVersion } from '@veilrec/data'
import { createOrtRuntime, listProviders, onnxRuntimeVersion } from '@veilrec/runtime'

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
  await runSmallGraph()
  const duckdb = await duckDBVersion()
  const providers = await listProviders()
  return {
    versions: {
      veilrec: veilrecVersion,
      node: process.versions.node,
      onnxruntime: onnxRuntimeVersion,
      duckdb,
    },
    platform: platformName(platform),
    providers: providers.map(({ name, bundled }) => ({ name, installed: bundled })),
    threads: availableParallelism(),
    home,
  }
}

/** `[1, 2] + [1, 2]`: proves that the native library loads, takes a graph of ours and computes. */
async function runSmallGraph(): Promise<void> {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const sum = ops.add(x, x)
  const session = await createOrtRuntime({ threads: 1 }).load(toOnnx(graph, [sum]).bytes)
  const tensor = (data: Float32Array): HostTensor => ({ dtype: 'float32', dims: [2], data })
  const result = new Float32Array(2)
  await session.run({ x: tensor(Float32Array.of(1, 2)) }, { [sum.name]: tensor(result) })
  await session.release()
  if (result[0] === 2 && result[1] === 4) return
  throw new VeilrecError('RUNTIME_FAILED', `ONNX Runtime computes [1, 2] + [1, 2] = [${result.join(', ')}]`)
}
