import { buildCommand, buildRouteMap, type Command } from '@stricli/core'

import type { AuditFlags } from './actions/audit.js'
import type { BundleFlags } from './actions/bundle.js'
import type { ConfigSchemaFlags, ConfigShowFlags } from './actions/config.js'
import type { DataAddFlags } from './actions/data-add.js'
import type { DataCardFlags } from './actions/data-card.js'
import type { DataListFlags } from './actions/data-list.js'
import type { DataRmFlags } from './actions/data-rm.js'
import type { DoctorFlags } from './actions/doctor.js'
import type { EvaluateFlags } from './actions/evaluate.js'
import type { ExportFlags } from './actions/export.js'
import type { ModelsFlags } from './actions/models.js'
import type { RecommendFlags } from './actions/recommend.js'
import type { ReproduceFlags } from './actions/reproduce.js'
import type { RunsRmFlags } from './actions/runs-rm.js'
import type { ReportFlags } from './actions/report.js'
import type { RunsFlags } from './actions/runs.js'
import type { SelfCheckFlags } from './actions/selfcheck.js'
import type { ServeFlags } from './actions/serve.js'
import type { StatusFlags } from './actions/status.js'
import type { TrainFlags } from './actions/train.js'
import type { VeilFlags } from './actions/veil.js'
import type { CliContext } from './context.js'
import { keyValue, nonEmpty, positiveNumber, wholeNumber } from './parse.js'
import { veilMethodSummaries } from './veil-methods.js'

// One file for all commands, because every file costs 1 to 2 milliseconds before `--help` answers. What a command
// does lies in a file of its own below actions/ and is loaded when the command runs.

/** A text that may be left out. */
const text = { kind: 'parsed', parse: nonEmpty, optional: true } as const

/** Texts, separated by commas, that may be left out. */
const texts = { ...text, variadic: ',' } as const

/** `KEY=VALUE`, any number of times. */
const keyValues = { kind: 'parsed', parse: keyValue, optional: true, variadic: true } as const

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
        ...text,
        placeholder: 'DIR',
        brief: 'Folder of the published files',
      },
      source: {
        ...text,
        placeholder: 'NAME',
        brief: 'ml-1m, ml-100k, recbole, table, pfrec-cikm, pfrec-aliec or simulated; the name by default',
      },
      mapping: {
        ...text,
        placeholder: 'FILE',
        brief: 'YAML file that says which columns of a table hold what',
      },
      onBadRow: {
        kind: 'enum',
        values: ['fail', 'skip'],
        optional: true,
        brief: 'What becomes of malformed rows; fail by default, skip counts them',
      },
      seed: seedFlag,
      option: {
        ...keyValues,
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
      '  veilrec data add shop --source table --mapping shop.yaml\n' +
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

const remove = buildCommand<DataRmFlags, [name: string], CliContext>({
  loader: async () => (await import('./actions/data-rm.js')).dataRm,
  parameters: {
    flags: {
      force: {
        kind: 'boolean',
        brief: 'Remove it even if runs were trained on it',
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [nameArgument] },
  },
  docs: { brief: 'Remove a data set' },
})

/** `veilrec data ...` */
export const dataRoutes = buildRouteMap({
  routes: { add, list, card, rm: remove },
  docs: { brief: 'Add, describe and remove data sets' },
})

/** `veilrec train` */
export const trainCommand: Command<CliContext> = buildCommand<TrainFlags, [], CliContext>({
  loader: async () => (await import('./actions/train.js')).trainRun,
  parameters: {
    flags: {
      dataset: { ...text, placeholder: 'NAME', brief: 'Data set to train on' },
      model: { ...text, placeholder: 'NAME', brief: 'Recommender, see "veilrec models"; sasrec by default' },
      veil: {
        ...text,
        placeholder: 'METHOD',
        brief: 'Train a veil along with the recommender, from the beginning of both: filters',
      },
      attributes: {
        ...texts,
        placeholder: 'NAMES',
        brief: 'With --veil: attributes that users may want hidden, separated by commas; all by default',
      },
      config: {
        ...text,
        placeholder: 'FILE',
        brief: 'YAML file with the keys preset, model, training and veil',
      },
      set: {
        ...keyValues,
        placeholder: 'A.B=VALUE',
        brief:
          'One setting, such as preset=fast, model.hiddenSize=64 or veil.lambda=0.2; may be repeated, wins over the file',
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
      json: jsonFlag,
    },
  },
  docs: {
    brief: 'Train a recommender',
    fullDescription:
      'Train a recommender and measure it on the test items. Ctrl-C writes a checkpoint; --resume continues.\n' +
      'With --veil a veil is trained together with it and lies in the run like any other.\n\n' +
      '  veilrec train --dataset ml-1m --model sasrec\n' +
      '  veilrec train --dataset ml-1m --set preset=fast --set training.threads=2\n' +
      '  veilrec train --dataset ml-1m --model pmf --veil filters --attributes gender,age --set veil.mode=combine\n' +
      '  veilrec train --resume latest',
  },
})

/** One line for each method, its name first. */
const veilMethodLines = Object.entries(veilMethodSummaries)
  .map(([method, summary]) => `  ${method.padEnd(16)}${summary}`)
  .join('\n')

/** `veilrec veil` */
export const veilCommand: Command<CliContext> = buildCommand<VeilFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/veil.js')).veilRun,
  parameters: {
    flags: {
      method: {
        kind: 'parsed',
        parse: nonEmpty,
        default: 'linear-erasure',
        placeholder: 'NAME',
        brief: 'How the attributes are hidden',
      },
      attributes: {
        ...texts,
        placeholder: 'NAMES',
        brief: 'Attributes that users may want hidden, separated by commas; all by default',
      },
      config: { ...text, placeholder: 'FILE', brief: 'YAML file with settings of the method, and preset' },
      preset: { ...text, placeholder: 'NAME', brief: 'Named settings of the method, such as paper' },
      set: {
        ...keyValues,
        placeholder: 'KEY=VALUE',
        brief: 'One setting of the method, such as epochs=5; may be repeated, wins over the file',
      },
      seed: seedFlag,
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Put a veil on a trained recommender',
    fullDescription:
      'Put a veil on a trained recommender, from the labels of the defence users only. It can hide every subset of its\n' +
      'attributes, and takes the place of one of the same method. Methods that train keep what they have after Ctrl-C; the\n' +
      'same command goes on there.\n\n' +
      `Methods:\n${veilMethodLines}\n\n` +
      '  veilrec veil latest\n' +
      '  veilrec veil latest --method linear-erasure --attributes gender,age',
  },
})

/** `veilrec audit` */
export const auditCommand: Command<CliContext> = buildCommand<AuditFlags, [run?: string], CliContext>({
  loader: async () => (await import('./actions/audit.js')).auditRun,
  parameters: {
    flags: {
      vectors: {
        ...text,
        placeholder: 'FILE',
        brief: 'User vectors of any recommender instead of a run: .npy, .csv, .tsv or .parquet',
      },
      users: {
        ...text,
        placeholder: 'FILE',
        brief: "Who these users are: .csv, .tsv, .parquet, or MovieLens' users.dat or u.user",
      },
      attributes: {
        ...texts,
        placeholder: 'NAMES',
        brief: 'Attributes to attack, separated by commas; all of a run by default',
      },
      defenceUsers: {
        ...text,
        placeholder: 'FILE',
        brief: 'Ids of the users whose labels the vectors were defended with, one a line',
      },
      method: {
        ...text,
        placeholder: 'NAME',
        brief: 'Of a run the veil of this method only; all by default',
      },
      quick: {
        kind: 'boolean',
        brief: 'A first look: one seed, small attackers; of a run fewer lists and no null',
        default: false,
        withNegated: false,
      },
      seed: seedFlag,
      out: { ...text, placeholder: 'FILE', brief: 'Write the result as JSON to a file, too' },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [{ ...runArgument, optional: true }] },
  },
  docs: {
    brief: 'Attack a run, or the user vectors of any recommender',
    fullDescription:
      'Attack a run, bare and behind each of its veils, or the user vectors of any recommender: what can still be told\n' +
      'about users that the attacker has not seen. Of a run also what the veil costs; audit.json (audit-quick.json) goes into\n' +
      'its folder.\n\n' +
      '  veilrec audit latest\n' +
      '  veilrec audit latest --quick --attributes gender\n' +
      '  veilrec audit latest --method afrl\n' +
      '  veilrec audit --vectors users.npy --users users.csv --attributes gender,age',
  },
})

/** `veilrec report` */
export const reportCommand: Command<CliContext> = buildCommand<ReportFlags, string[], CliContext>({
  loader: async () => (await import('./actions/report.js')).writeReport,
  parameters: {
    flags: {
      out: {
        ...text,
        placeholder: 'FILE',
        brief: 'File to write; report.html in the folder of the first run by default',
      },
      figures: {
        ...text,
        placeholder: 'DIR',
        brief: 'Folder for every figure as SVG and PNG, too',
      },
      json: jsonFlag,
    },
    positional: {
      kind: 'array',
      parameter: { ...runArgument, brief: `${runArgument.brief}; or the file of an audit, ending in .json` },
      minimum: 1,
    },
  },
  docs: {
    brief: 'Write what audits found as one page to show to others',
    fullDescription:
      'Write what the audits of runs found as one HTML file: score card, accuracy against leakage, leakage by attribute,\n' +
      'groups, training, data and threats to validity. Audits of the same training stand in one picture, others apart.\n\n' +
      '  veilrec report latest\n' +
      '  veilrec report films other-films --out report.html --figures figures',
  },
})

/** `veilrec evaluate` */
export const evaluateCommand: Command<CliContext> = buildCommand<EvaluateFlags, [run?: string], CliContext>({
  loader: async () => (await import('./actions/evaluate.js')).evaluateRun,
  parameters: {
    flags: {
      runFile: {
        ...text,
        placeholder: 'FILE',
        brief:
          'Lists of any recommender instead of a run: .csv, .tsv or .parquet with user,item,score or rank',
      },
      dataset: {
        ...text,
        placeholder: 'NAME',
        brief: 'Data set that the file is about',
      },
      split: {
        kind: 'enum',
        values: ['leave-one-out', 'global-time'],
        default: 'leave-one-out',
        brief: 'What is held out for the test',
      },
      seed: seedFlag,
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [{ ...runArgument, optional: true }] },
  },
  docs: {
    brief: 'Measure a run, or the lists of any recommender, on the test items',
    fullDescription:
      'Measure a run, or the lists of any recommender, on the test items: full ranking, beside simple baselines.\n\n' +
      '  veilrec evaluate latest\n' +
      '  veilrec evaluate --run-file lists.csv --dataset ml-1m',
  },
})

/** `veilrec recommend` */
export const recommendCommand: Command<CliContext> = buildCommand<
  RecommendFlags,
  [target: string],
  CliContext
>({
  loader: async () => (await import('./actions/recommend.js')).recommendItems,
  parameters: {
    flags: {
      user: { ...text, placeholder: 'ID', brief: 'User id as the source of the data has it' },
      history: {
        ...texts,
        placeholder: 'IDS',
        brief: 'Instead of a user: ids of items that somebody has had, oldest first, separated by commas',
      },
      veil: {
        ...texts,
        placeholder: 'NAMES',
        brief: 'Attributes that the recommender must not know, separated by commas',
      },
      method: { ...text, placeholder: 'NAME', brief: 'Which veil, where several hide these attributes' },
      top: {
        kind: 'parsed',
        parse: positiveNumber,
        default: '10',
        placeholder: 'N',
        brief: 'Number of items',
      },
      json: jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { ...runArgument, brief: `${runArgument.brief}; or the folder of a bundle`, placeholder: 'target' },
      ],
    },
  },
  docs: {
    brief: 'Recommend to one user, with and without a veil',
    fullDescription:
      'Recommend items that a user has not had, with and without a veil side by side. From the folder of a bundle, which is told by\n' +
      'its bundle.json, the lists are those of the service, and users are known where it was made with --histories.\n\n' +
      '  veilrec recommend latest --user 42 --veil gender\n' +
      '  veilrec recommend latest --history 260,1196,1210\n' +
      '  veilrec recommend films.bundle --history 3,14,15 --veil gender',
  },
})

const listRuns = buildCommand<RunsFlags, [], CliContext>({
  loader: async () => (await import('./actions/runs.js')).listAllRuns,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the runs, the newest first' },
})

const removeRun = buildCommand<RunsRmFlags, [name: string], CliContext>({
  loader: async () => (await import('./actions/runs-rm.js')).runsRm,
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: nonEmpty, brief: 'Whole name of a run', placeholder: 'run' }],
    },
  },
  docs: { brief: 'Remove a run and its veils' },
})

/** `veilrec runs ...` */
export const runsRoutes = buildRouteMap({
  routes: { list: listRuns, rm: removeRun },
  defaultCommand: 'list',
  docs: { brief: 'List and remove runs' },
})

/** `veilrec models` */
export const modelsCommand: Command<CliContext> = buildCommand<ModelsFlags, [], CliContext>({
  loader: async () => (await import('./actions/models.js')).listModels,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the recommenders that can be trained' },
})

const modelArgument = { parse: nonEmpty, brief: 'Name of a recommender', placeholder: 'model' } as const

const showConfig = buildCommand<ConfigShowFlags, [model: string], CliContext>({
  loader: async () => (await import('./actions/config.js')).configShow,
  parameters: {
    flags: {
      preset: {
        ...text,
        placeholder: 'NAME',
        brief: 'Preset whose values are shown; the defaults otherwise',
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [modelArgument] },
  },
  docs: {
    brief: 'Show every setting with its value and what it may be, as YAML',
    fullDescription:
      'Show every setting with its value and what it may be, as YAML that --config takes.\n\n' +
      '  veilrec config show sasrec > sasrec.yaml',
  },
})

const schemaOfConfig = buildCommand<ConfigSchemaFlags, [model?: string], CliContext>({
  loader: async () => (await import('./actions/config.js')).configSchema,
  parameters: {
    flags: { json: jsonFlag },
    positional: { kind: 'tuple', parameters: [{ ...modelArgument, optional: true }] },
  },
  docs: { brief: 'Print the JSON Schema of configuration files, for editors' },
})

/** `veilrec config ...` */
export const configRoutes = buildRouteMap({
  routes: { show: showConfig, schema: schemaOfConfig },
  docs: { brief: 'Show the settings of a recommender and its training' },
})

/** `veilrec export` */
export const exportCommand: Command<CliContext> = buildCommand<ExportFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/export.js')).exportRun,
  parameters: {
    flags: {
      onnx: { kind: 'parsed', parse: nonEmpty, placeholder: 'FILE', brief: 'File to write' },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Write a recommender as one ONNX model, history in, scores out',
    fullDescription:
      'Write the recommender of a run, without its veils, as one ONNX model: item indices in, scores out.\n\n' +
      '  veilrec export latest --onnx films.onnx',
  },
})

/** `veilrec reproduce` */
export const reproduceCommand: Command<CliContext> = buildCommand<
  ReproduceFlags,
  [paper?: string, table?: string],
  CliContext
>({
  loader: async () => (await import('./actions/reproduce.js')).reproduceTables,
  parameters: {
    flags: {
      list: {
        kind: 'boolean',
        brief: 'Show what can be reproduced, with the cells of each table and how long they take',
        default: false,
        withNegated: false,
      },
      cells: {
        ...text,
        placeholder: 'FILTER',
        brief: 'Only cells with one of these texts in their name, separated by commas',
      },
      seeds: {
        kind: 'parsed',
        parse: positiveNumber,
        default: '1',
        placeholder: 'N',
        brief: 'Seeds 1 to N of every system',
      },
      from: {
        ...text,
        placeholder: 'DIR',
        brief: 'Folder of the published data files, until they have been read once',
      },
      out: {
        ...text,
        placeholder: 'DIR',
        brief: 'Where JSON, Markdown and pictures go; into the home by default',
      },
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: nonEmpty, brief: 'Paper, such as afrl', placeholder: 'paper', optional: true },
        { parse: nonEmpty, brief: 'One of its tables; all by default', placeholder: 'table', optional: true },
      ],
    },
  },
  docs: {
    brief: 'Reproduce tables of papers, cell by cell, beside our own contract',
    fullDescription:
      "Reproduce tables of papers: the paper's figure, ours with its interval, the difference, and a verdict on each headline.\n" +
      'Cells are kept; after Ctrl-C or a crash the same command goes on.\n\n' +
      '  veilrec reproduce --list\n' +
      '  veilrec reproduce afrl table-2 --from ml-1m --cells paper/pmf\n' +
      '  veilrec reproduce afrl table-2 --seeds 3',
  },
})

/** `veilrec bundle` */
export const bundleCommand: Command<CliContext> = buildCommand<BundleFlags, [run: string], CliContext>({
  loader: async () => (await import('./actions/bundle.js')).bundleRun,
  parameters: {
    flags: {
      out: {
        kind: 'parsed',
        parse: nonEmpty,
        placeholder: 'DIR',
        brief: 'Folder to write; a bundle is replaced',
      },
      method: { ...text, placeholder: 'NAME', brief: 'Which veil, where the run has several' },
      histories: {
        kind: 'boolean',
        brief: "Put the users' histories in, so that they can be asked for by id",
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Write a run and its veil as a folder that "veilrec serve" runs',
    fullDescription:
      'Write a run and its veil as a folder that "veilrec serve" runs: graphs, parameters, items, and what an audit found.\n' +
      'It holds no value of any attribute.\n\n' +
      '  veilrec bundle films --out films.bundle\n' +
      '  veilrec bundle films --method afrl --histories --out films.bundle',
  },
})

/** `veilrec serve` */
export const serveCommand: Command<CliContext> = buildCommand<ServeFlags, [bundle: string], CliContext>({
  loader: async () => (await import('./actions/serve.js')).serveBundle,
  parameters: {
    flags: {
      port: {
        kind: 'parsed',
        parse: wholeNumber,
        optional: true,
        placeholder: 'N',
        brief: 'Port to listen at, 8080 by default; 0 for any that is free',
      },
      host: { ...text, placeholder: 'ADDRESS', brief: 'Address to listen at; 127.0.0.1 by default' },
      unaudited: {
        kind: 'enum',
        values: ['reject', 'tighten', 'serve_flagged'],
        optional: true,
        brief: 'What becomes of requirements that were not audited; reject by default',
      },
      config: { ...text, placeholder: 'FILE', brief: 'YAML file with settings of the service' },
      set: {
        ...keyValues,
        placeholder: 'A.B=VALUE',
        brief: 'One setting, such as limits.k=50; may be repeated, wins over the file',
      },
      json: jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: nonEmpty, brief: 'Folder of a bundle', placeholder: 'bundle' }],
    },
  },
  docs: {
    brief: 'Answer requests for recommendations over HTTP, each behind its own veil',
    fullDescription:
      'Answer requests for recommendations over HTTP, each behind its own veil. The log goes to standard error, without users,\n' +
      'items and switches. SIGTERM or Ctrl-C lets what is in flight finish; once more stops at once.\n\n' +
      '  veilrec serve films.bundle\n' +
      '  veilrec serve films.bundle --port 80 --host 0.0.0.0 --unaudited tighten',
  },
})

/** `veilrec selfcheck` */
export const selfCheckCommand: Command<CliContext> = buildCommand<
  SelfCheckFlags,
  [target: string],
  CliContext
>({
  loader: async () => (await import('./actions/selfcheck.js')).selfCheck,
  parameters: {
    flags: {
      run: { ...text, placeholder: 'RUN', brief: 'Of a bundle: the run that it was made of' },
      bundle: {
        ...text,
        placeholder: 'DIR',
        brief: 'Of a service: the bundle that it serves, to compare its lists with',
      },
      recommender: {
        kind: 'boolean',
        brief: 'Of a bundle: train the recommender again, too, which takes as long as training did',
        default: false,
        withNegated: false,
      },
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: nonEmpty,
          brief: 'Address of a running service, or folder of a bundle',
          placeholder: 'target',
        },
      ],
    },
  },
  docs: {
    brief: 'Check that a running service, or a bundle, keeps its promises',
    fullDescription:
      'Check that a running service, or a bundle, keeps its promises. Of a service: one list for everybody without a profile,\n' +
      'typos and values refused, lists as the bundle gives them. Of a bundle: that it is made again byte for byte when the\n' +
      'labels of everybody but the defence users are mixed up: the veil, and with --recommender what it stands on. Exits with 2\n' +
      'where a promise is broken.\n\n' +
      '  veilrec selfcheck http://127.0.0.1:8080 --bundle films.bundle\n' +
      '  veilrec selfcheck films.bundle --run films',
  },
})

/** `veilrec status` */
export const statusCommand: Command<CliContext> = buildCommand<StatusFlags, [], CliContext>({
  loader: async () => (await import('./actions/status.js')).showStatus,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'Say what is there and what to type next' },
})

/** `veilrec doctor` */
export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import('./actions/doctor.js')).examine,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'Say whether this machine can run Veilrec, and with what' },
})
