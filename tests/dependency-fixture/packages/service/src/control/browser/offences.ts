// As packages/core/src/offences.ts, for what a page loads.
import { readFileSync } from 'node:fs'

export const offences = [readFileSync]
