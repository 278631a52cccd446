import { wholeNumber, nonEmpty, positiveNumber } from './parse.js'

/** `--json`, which every command has. */
export const jsonFlag = {
  kind: 'boolean',
  brief: 'Print the result as one line of JSON',
  default: false,
  withNegated: false,
} as const

/** `--seed N`, default 1. */
export const seedFlag = {
  kind: 'parsed',
  parse: wholeNumber,
  brief: 'Whole number from which every draw follows',
  default: '1',
  placeholder: 'N',
} as const

/** `--threads N`, all cores when left out. */
export const threadsFlag = {
  kind: 'parsed',
  parse: positiveNumber,
  brief: 'Threads of the engine; all cores by default',
  optional: true,
  placeholder: 'N',
} as const

/** The run that a command is about. */
export const runArgument = {
  parse: nonEmpty,
  brief: 'Name of a run, the beginning of one, its folder, or "latest"',
  placeholder: 'run',
} as const
