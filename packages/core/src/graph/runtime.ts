import type { HostTensor } from './host-tensor.js'

/** How a graph is to be run. */
export interface SessionOptions {
  /** Threads of one operator; equal thread count, runtime version and CPU give equal bytes. */
  readonly threads?: number
  /** `cpu` unless another provider is named; a provider that is not installed is an error, never a fallback. */
  readonly provider?: 'cpu' | 'webgpu' | 'cuda'
}

/** A loaded graph. */
export interface Session {
  /**
   * Runs the graph once. `fetches` holds preallocated arrays that the results are written into.
   * Throws `RUNTIME_FAILED` when the runtime refuses a feed or fails.
   */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    fetches: Readonly<Record<string, HostTensor>>,
  ): Promise<void>
  /** Frees the memory of the session; it cannot run again. */
  release(): Promise<void>
}

/** Where graphs run: ONNX Runtime for Node or the web; tests use an interpreter. */
export interface Runtime {
  /** Loads the bytes of an ONNX model. Throws `RUNTIME_FAILED` with the runtime's reason. */
  load(model: Uint8Array, options?: SessionOptions): Promise<Session>
}
