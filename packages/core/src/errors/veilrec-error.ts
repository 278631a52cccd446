import { errorCodes, type ErrorCode, type ErrorKind } from './error-codes.js'

/** What an error carries besides its message: only values that survive JSON and a thread border. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/** The form in which an error crosses a thread or process border. */
export interface SerializedError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
  readonly hint?: string
  readonly stack?: string
}

/**
 * The one error class of Veilrec.
 *
 * `message` says what is wrong and where, `hint` what to do about it, `details` the same as data.
 * Neither may hold the value of a sensitive attribute.
 *
 * @example
 * throw new VeilrecError('INVALID_ARGUMENT', 'top must be at least 1, got 0', { top: 0 })
 */
export class VeilrecError extends Error {
  override readonly name = 'VeilrecError'
  readonly code: ErrorCode
  readonly details: ErrorDetails
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, hint?: string) {
    super(message)
    this.code = code
    this.details = details
    this.hint = hint
  }

  get kind(): ErrorKind {
    return errorCodes[this.code].kind
  }

  toJSON(): SerializedError {
    return {
      code: this.code,
      message: this.message,
      details: this.details,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
    }
  }

  /** Rebuilds an error that crossed a border; the original stack is kept. */
  static fromJSON(serialized: SerializedError): VeilrecError {
    const error = new VeilrecError(serialized.code, serialized.message, serialized.details, serialized.hint)
    if (serialized.stack !== undefined) error.stack = serialized.stack
    return error
  }

  /** Any thrown thing as a `VeilrecError`; what is not one becomes `INTERNAL`, its stack kept. */
  static from(thrown: unknown): VeilrecError {
    if (thrown instanceof VeilrecError) return thrown
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const error = new VeilrecError('INTERNAL', message)
    if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack
    return error
  }
}
