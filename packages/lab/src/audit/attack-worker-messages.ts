import type { SerializedError } from '@veilrec/core'

import type { AttackJob, JobResults } from './attack-jobs.js'

/** What a worker is sent when it is to end. */
export const stopRequest = 'stop'

/** What a worker answers to a job. */
export type JobAnswer =
  | { readonly kind: 'done'; readonly result: JobResults[AttackJob['kind']] }
  | { readonly kind: 'failed'; readonly error: SerializedError }
