import { buildCommand, buildRouteMap, type Command } from '@stricli/core'

import type { AuditFlags } from './actions/audit.js'
import type { DataAddFlags } from './actions/data-add.js'
import type { DataCardFlags } from './actions/data-card.js'
import type { DataListFlags } from './actions/data-list.js'
import type { DoctorFlags } from './actions/doctor.js'
import type { RecommendFlags } from './actions/recommend.js'
import type { RunsFlags } from './actions/runs.js'
import type { TrainFlags } from './actions/train.js'
import type { VeilFlags } from './actions/veil.js'
import type { CliContext } from './context.js'
import { keyValue, nonEmpty, positiveNumber, wholeNumber } from './parse.js'

// One file for all commands, because every file costs milliseconds before `--help` answers. What a command
// does lies in a file of its own below actions/ and is loaded when the command runs.

/** `--json`, which every command has. */
const jsonFlag = {
  kind: 'boolean',
  brief: 'Print the result as one line of JSON',
  default: false,
  withNegated: false,
} as const

/** `--seed N`, default 1. */
const seedFlag = {
  kind: 'parsed',
  parse: wholeNumber,
  brief: 'Whole number from which every draw follows',
  default: '1',
  placeholder: 'N',
} as const

/** `--threads N`, all cores when left out. */
const threadsFlag = {
  kind: 'parsed',
  parse: positiveNumber,
  brief: 'Threads of the engine; all cores by default',
  optional: true,
  placeholder: 'N',
} as const

/** The run that a command is about. */
const runArgument = {
  parse: nonEmpty,
  brief: 'Name of a run, the beginning of one, its folder, or "latest"',
  placeholder: 'run',
} as const

const nameArgument = { parse: nonEmpty, brief: 'Name of the data set', placeholder: 'name' } as const

const add = buildCommand<DataAddFlags, [name: string], CliContext>({
  loader: async () => (await import('./actions/data-add.js')).dataAdd,
  parameters: {
    flags: {
      from: {
        kind: 'parsed',
        parse: nonEmpty,
        optional: true,
        placeholder: 'DIR',
        brief: 'Folder of the published files',
      },
      source: {
        kind: 'parsed',
        parse: nonEmpty,
        optional: true,
        placeholder: 'NAME',
        brief: 'Kind of data: ml-1m or simulated; the name by default',
      },
      seed: seedFlag,
      option: {
        kind: 'parsed',
        parse: keyValue,
        optional: true,
        variadic: true,
        placeholder: 'KEY=VALUE',
        brief: 'Option of the source, such as kCore=5; may be repeated',
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [nameArgument] },
  },
  docs: {
    brief: 'Read, filter, split and store a data set',
    fullDescription:
      'Read, filter, split and store a data set.\n\n' +
      '  veilrec data add ml-1m --from ~/Downloads/ml-1m\n' +
      '  veilrec data add simulated --option strength=0.8',
  },
})

const list = buildCommand<DataListFlags, [], CliContext>({
  loader: async () => (await import('./actions/data-list.js')).dataList,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the data sets' },
})

const card = buildCommand<DataCardFlags, [name: string], CliContext>({
  loader: async () => (await import('./actions/data-card.js')).dataCard,
  parameters: { flags: { json: jsonFlag }, positional: { kind: 'tuple', parameters: [nameArgument] } },
  docs: { brief: 'Show what a data set holds, and its licence' },
})

/** `veilrec data ...` */
export const dataRoutes = buildRouteMap({
  routes: { add, list, card },
  docs: { brief: 'Add and describe data sets' },
})

const text = { kind: 'parsed', parse: nonEmpty, optional: true } as const

/** `veilrec train` */
export const trainCommand: Command<CliContext> = buildCommand<TrainFlags, [], CliContext>({
  loader: async () => (await import('./actions/train.js')).trainRun,
  parameters: {
    flags: {
      dataset: { ...text, placeholder: 'NAME', brief: 'Data set to train on' },
      model: { kind: 'enum', values: ['sasrec'], optional: true, brief: 'Recommender; sasrec by default' },
      config: { ...text, placeholder: 'FILE', brief: 'YAML file with the keys model and training' },
      set: {
        kind: 'parsed',
        parse: keyValue,
        optional: true,
        variadic: true,
        placeholder: 'A.B=VALUE',
        brief: 'One setting, such as model.hiddenSize=64; may be repeated, wins over the file',
      },
      seed: {
        kind: 'parsed',
        parse: wholeNumber,
        optional: true,
        placeholder: 'N',
        brief: 'Whole number from which every draw follows; 1 by default',
      },
      name: { ...text, placeholder: 'NAME', brief: 'Name of the run; <dataset>-<model>-<number> by default' },
      resume: { ...text, placeholder: 'RUN', brief: 'Continue an interrupted run with its own settings' },
      threads: threadsFlag,
      json: jsonFlag,
    },
  },
  docs: {
    brief: 'Train a recommender',
    fullDescription:
      'Train a recommender and measure it on the test items. Ctrl-C writes a checkpoint; --resume continues.\n\n' +
      '  veilrec train --dataset ml-1m --model sasrec\n' +
      '  veilrec train --resume latest',
  },
})

/** `veilrec veil` */
export const veilCommand: Command<CliContext> = buildCommand<VeilFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/veil.js')).veilRun,
  parameters: {
    flags: {
      method: {
        kind: 'enum',
        values: ['linear-erasure'],
        default: 'linear-erasure',
        brief: 'How the attributes are hidden',
      },
      attributes: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        placeholder: 'NAMES',
        brief: 'Attributes to hide together, separated by commas',
      },
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Put a veil on a trained recommender',
    fullDescription:
      'Put a veil on a trained recommender, from the labels of the defence users only.\n\n' +
      '  veilrec veil latest --method linear-erasure --attributes gender',
  },
})

/** `veilrec audit` */
export const auditCommand: Command<CliContext> = buildCommand<AuditFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/audit.js')).auditRun,
  parameters: {
    flags: {
      attributes: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        optional: true,
        placeholder: 'NAMES',
        brief: 'Attributes to attack, separated by commas; all by default',
      },
      seed: seedFlag,
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Attack a run, bare and behind each of its veils',
    fullDescription:
      'Attack a run, bare and behind each of its veils: what can still be told about users the veil has not\n' +
      'seen, and what the veil costs in accuracy. Writes audit.json into the run folder.',
  },
})

/** `veilrec recommend` */
export const recommendCommand: Command<CliContext> = buildCommand<RecommendFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/recommend.js')).recommendRun,
  parameters: {
    flags: {
      user: {
        kind: 'parsed',
        parse: nonEmpty,
        placeholder: 'ID',
        brief: 'User id as the source of the data has it',
      },
      veil: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        optional: true,
        placeholder: 'NAMES',
        brief: 'Attributes that the recommender must not know, separated by commas',
      },
      top: {
        kind: 'parsed',
        parse: positiveNumber,
        default: '10',
        placeholder: 'N',
        brief: 'Number of items',
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Recommend to one user, with and without a veil',
    fullDescription:
      'Recommend items that a user has not had, with and without a veil side by side.\n\n' +
      '  veilrec recommend latest --user 42 --veil gender',
  },
})

/** `veilrec runs` */
export const runsCommand: Command<CliContext> = buildCommand<RunsFlags, [], CliContext>({
  loader: async () => (await import('./actions/runs.js')).listAllRuns,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the runs, the newest first' },
})

/** `veilrec doctor` */
export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import('./actions/doctor.js')).examine,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'Say whether this machine can run Veilrec, and with what' },
})
