/**
 * Who has to act on an error: `user` errors are bad input and end the process with exit code 2,
 * `bug` errors are ours (70), `interrupted` is a stop that was asked for (130).
 */
export type ErrorKind = 'user' | 'bug' | 'interrupted'

/** One entry of the registry: what the code means, in one sentence for the reference page. */
export interface ErrorCodeEntry {
  readonly kind: ErrorKind
  readonly meaning: string
}

/** Every error code of Veilrec. Codes are stable: a published code is never renamed or reused. */
export const errorCodes = {
  ABORTED: { kind: 'interrupted', meaning: 'The work was stopped on request; the last checkpoint is kept.' },
  INTERNAL: { kind: 'bug', meaning: 'A state that the code itself rules out was reached.' },
  INVALID_ARGUMENT: { kind: 'user', meaning: 'An argument is outside its documented range or set.' },
  GRAPH_SHAPE_MISMATCH: { kind: 'bug', meaning: 'Tensors of shapes that do not fit were combined in a graph.' },
  GRAPH_INVALID: { kind: 'bug', meaning: 'A graph names a tensor that does not exist, or names one twice.' },
  GRAPH_NOT_DIFFERENTIABLE: { kind: 'bug', meaning: 'A gradient was asked for through an operation that has none.' },
  RUNTIME_FAILED: { kind: 'bug', meaning: 'The inference runtime refused or failed to run a graph.' },
  RUNTIME_PROVIDER_MISSING: { kind: 'user', meaning: 'The execution provider asked for is not installed.' },
  NOT_FINITE: { kind: 'user', meaning: 'A loss, gradient or parameter is NaN or infinite.' },
} as const satisfies Record<string, ErrorCodeEntry>

/** A stable error code, a key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes
