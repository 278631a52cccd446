// As offences.ts, for the rules about imports that are left after compilation.
import { env } from 'onnxruntime-common'
import { other } from './other.js'

export const offences = [env, other]
