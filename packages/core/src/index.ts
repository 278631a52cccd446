export { errorCodes, type ErrorCode, type ErrorCodeEntry, type ErrorKind } from './errors/error-codes.js'
export { VeilrecError, type ErrorDetails, type SerializedError } from './errors/veilrec-error.js'
export { Rng, type RngState } from './random.js'
export { userGroups, type Dataset, type Histories, type UserAttribute, type UserGroup } from './dataset.js'
