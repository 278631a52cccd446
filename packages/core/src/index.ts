export { errorCodes, type ErrorCode, type ErrorCodeEntry, type ErrorKind } from './errors/error-codes.js'
export { VeilrecError, type ErrorDetails, type SerializedError } from './errors/veilrec-error.js'
export { Rng, type RngState } from './random.js'
