// A program that uses Veilrec as a library. `npm run pack` compiles and runs it against the packed packages,
// installed in an empty folder, with the strictest settings a user may have.
import { join } from 'node:path'

import { errorCodes, Rng, VeilrecError, type ErrorCode } from '@veilrec/core'
import * as veilrec from 'veilrec'

import { explain, job } from './job.js'

const code: ErrorCode = 'INVALID_ARGUMENT'
const error = new VeilrecError(code, 'top must be at least 1, got 0', { top: 0 }, 'Give --top 1 or more.')
const draws: readonly number[] = [Rng.fromSeed(7).int(10), Rng.fromSeed(7).int(10)]

if (error.kind !== 'user' || !(code in errorCodes)) throw new Error('the registry of errors is not whole')
if (draws[0] !== draws[1]) throw new Error('one seed drew two numbers')
if (!explain(error).endsWith('or more.')) throw new Error('an error lost its hint')

console.log(`library consumer: ${Object.keys(veilrec).length} exports of veilrec`)
for (const line of await job(join(process.cwd(), 'home'), new AbortController().signal)) console.log(line)
