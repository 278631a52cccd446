import { buildCommand, type Command } from '@stricli/core'

import type { TrainFlags } from '../actions/train.js'
import type { CliContext } from '../context.js'
import { jsonFlag, threadsFlag } from '../flags.js'
import { keyValue, nonEmpty, wholeNumber } from '../parse.js'

const text = { kind: 'parsed', parse: nonEmpty, optional: true } as const

/** `veilrec train` */
export const trainCommand: Command<CliContext> = buildCommand<TrainFlags, [], CliContext>({
  loader: async () => (await import('../actions/train.js')).trainRun,
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
