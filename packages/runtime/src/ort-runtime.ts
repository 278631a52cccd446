import { availableParallelism } from 'node:os'

import { VeilrecError, type HostTensor, type Runtime, type Session, type SessionOptions } from '@veilrec/core'
import { env, type InferenceSession, type Tensor } from 'onnxruntime-common'

/** Version of the installed ONNX Runtime; equal bytes need an equal one. */
export const onnxRuntimeVersion: string = env.versions.common

/** Options of {@link createOrtRuntime}. */
export interface OrtRuntimeOptions extends SessionOptions {
  /** Writes ONNX Runtime's own trace of every operator to files with this prefix. */
  readonly profilePrefix?: string
}

/** Providers inside the installed ONNX Runtime, such as `cpu` and `webgpu`. */
export async function listProviders(): Promise<{ readonly name: string; readonly bundled: boolean }[]> {
  const ort = await import('onnxruntime-node')
  return ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }))
}

/**
 * The runtime on ONNX Runtime for Node. Its native library is loaded by the first graph, so that
 * commands that run none start fast.
 *
 * `run` computes on the calling thread and its pool: a training loop belongs in a worker thread.
 */
export function createOrtRuntime(defaults: OrtRuntimeOptions = {}): Runtime {
  return {
    async load(model, options = {}) {
      const {
        threads = availableParallelism(),
        provider = 'cpu',
        profilePrefix,
      } = { ...defaults, ...options }
      const ort = await import('onnxruntime-node')
      if (!ort.listSupportedBackends().some(({ name, bundled }) => name === provider && bundled)) {
        throw new VeilrecError(
          'RUNTIME_PROVIDER_MISSING',
          `the execution provider "${provider}" is not installed`,
          { provider },
          'Run "veilrec doctor" to see the providers of this machine, or use "cpu".',
        )
      }
      const sessionOptions: InferenceSession.SessionOptions = {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        extra: sessionSettings,
        ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
      }
      try {
        return new OrtSession(await ort.InferenceSession.create(model, sessionOptions), ort.Tensor)
      } catch (cause) {
        throw failed('ONNX Runtime refused the graph', cause)
      }
    },
  }
}

/**
 * Every session has a thread pool of its own whose threads spin for a while after a run. With several sessions
 * (lengths of histories, evaluation) they would take the cores from the one that works, so spinning ends with
 * the run. Denormal numbers, which gradients of masked scores are full of, count as zero: they are many times slower.
 */
const sessionSettings = { session: { force_spinning_stop: '1', set_denormal_as_zero: '1' } }

class OrtSession implements Session {
  readonly #session: InferenceSession
  readonly #Tensor: typeof Tensor
  /** Wrapping a typed array costs about as much as a small operator, so wrappers are kept. */
  readonly #wrapped = new WeakMap<HostTensor, Tensor>()

  constructor(session: InferenceSession, TensorClass: typeof Tensor) {
    this.#session = session
    this.#Tensor = TensorClass
  }

  async run(
    feeds: Readonly<Record<string, HostTensor>>,
    fetches: Readonly<Record<string, HostTensor>>,
  ): Promise<void> {
    try {
      await this.#session.run(this.#wrapAll(feeds), this.#wrapAll(fetches))
    } catch (cause) {
      throw failed('ONNX Runtime failed to run the graph', cause)
    }
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  #wrapAll(tensors: Readonly<Record<string, HostTensor>>): Record<string, Tensor> {
    const wrapped: Record<string, Tensor> = {}
    for (const [name, tensor] of Object.entries(tensors)) wrapped[name] = this.#wrap(tensor)
    return wrapped
  }

  #wrap(tensor: HostTensor): Tensor {
    let wrapped = this.#wrapped.get(tensor)
    if (!wrapped) {
      wrapped = new this.#Tensor(tensor.dtype, tensor.data as never, tensor.dims) as Tensor
      this.#wrapped.set(tensor, wrapped)
    }
    return wrapped
  }
}

function failed(what: string, cause: unknown): VeilrecError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new VeilrecError('RUNTIME_FAILED', `${what}: ${reason}`, { reason })
}
