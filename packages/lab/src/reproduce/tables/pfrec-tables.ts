import type { Claim, PaperMetric, PaperRow, PaperTable } from '../paper-table.js'
import { ml1mAttributes } from './afrl-recipes.js'
import {
  liRecipe,
  ml1mBaseRow,
  ml1mRow,
  notObtainable,
  pfrecCitation,
  pfrecProtocol,
  pfrecRecipe,
} from './pfrec-recipes.js'
import { published } from './published.js'

const single = ['microF1', 'rankingAuc', 'hit@10', 'ndcg@10'] as const satisfies PaperMetric[]

const cikm = [['gender'], ['age'], ['consumption']]
const aliec = [['age'], ['gender']]
const onMl1m = ml1mAttributes.map((name) => [name])

/** A row of data that cannot be had, with what the paper prints. */
function paperOnly(
  data: string,
  name: string,
  requirements: readonly (readonly string[])[],
  metrics: readonly PaperMetric[],
  cells: string,
): PaperRow {
  return {
    id: `${data}/${name}`.toLowerCase().replaceAll(/[^a-z0-9/]+/g, '-'),
    label: `${name} (${data})`,
    notRun: notObtainable,
    requirements,
    published: published(metrics, requirements, cells),
  }
}

/** More accurate than the filters, and no more told: what every table of the paper says. */
function beatsFilters(requirements: readonly (readonly string[])[], source: string): Claim[] {
  const rows = { row: 'ml-1m/pfrec', than: 'ml-1m/li', requirements }
  return [
    {
      id: 'more-accurate-than-li',
      text: 'PFRec is more accurate than the filters of Li et al. (NDCG@10)',
      source,
      tests: [{ kind: 'above', metric: 'ndcg@10', ...rows }],
    },
    {
      id: 'no-more-told-than-li',
      text: 'PFRec tells no more than the filters of Li et al. (micro-F1, at most 0.02 more)',
      source,
      tests: [{ kind: 'below', metric: 'microF1', margin: -0.02, ...rows }],
    },
  ]
}

const ml1mRows = [
  ml1mBaseRow,
  ml1mRow('li', 'Li et al.*', liRecipe),
  ml1mRow('pfrec', 'PFRec', pfrecRecipe()),
]

/** One attribute at a time on CIKM, and what MovieLens-1M says in its place. */
export const pfrecTable1: PaperTable = {
  ...pfrecProtocol,
  name: 'table-1',
  title: 'PFRec, Table 1: one attribute at a time (CIKM; MovieLens-1M)',
  citation: `${pfrecCitation}, Table 1`,
  requirements: onMl1m,
  metrics: [...single, 'auc', 'probabilityAuc'],
  rows: [
    ...ml1mRows,
    paperOnly(
      'CIKM',
      'SASRec',
      cikm,
      single,
      '.8998/.8857/.7092/.5444 .4491/.8857/.7092/.5444 .1900/.8857/.7092/.5444',
    ),
    paperOnly(
      'CIKM',
      'BERT4Rec',
      cikm,
      single,
      '.9104/.8713/.6625/.4913 .4931/.8713/.6625/.4913 .2114/.8713/.6625/.4913',
    ),
    paperOnly(
      'CIKM',
      'Li et al.*',
      cikm,
      single,
      '.7975/.8386/.5830/.3830 .2818/.8396/.5889/.3880 .1414/.8666/.6478/.4380',
    ),
    paperOnly(
      'CIKM',
      'PFRec',
      cikm,
      single,
      '.7843/.8504/.6319/.4748 .2661/.8525/.6384/.4827 .1289/.8709/.6799/.5176',
    ),
  ],
  claims: beatsFilters(onMl1m, 'Table 1'),
  underContract: true,
}

/** One attribute at a time on AliEC, none of which can be run. */
export const pfrecTable2: PaperTable = {
  ...pfrecProtocol,
  name: 'table-2',
  title: 'PFRec, Table 2: one attribute at a time (AliEC)',
  citation: `${pfrecCitation}, Table 2`,
  requirements: aliec,
  metrics: single,
  rows: [
    paperOnly('AliEC', 'SASRec', aliec, single, '.4310/.9060/.7499/.5412 .8444/.9060/.7499/.5412'),
    paperOnly('AliEC', 'BERT4Rec', aliec, single, '.4420/.8923/.6993/.4754 .8623/.8923/.6993/.4754'),
    paperOnly('AliEC', 'Li et al.*', aliec, single, '.3978/.8898/.6995/.4756 .8353/.8893/.6992/.4785'),
    paperOnly('AliEC', 'PFRec', aliec, single, '.2774/.8890/.7042/.4938 .7315/.8901/.7064/.4948'),
  ],
  claims: [],
  departures: [],
  underContract: false,
}

const allOfCikm = [['age', 'consumption', 'gender']]
const allOfAliec = [['age', 'gender']]
const cikmColumns = [
  'microF1:gender',
  'microF1:age',
  'microF1:consumption',
  'rankingAuc',
  'hit@10',
  'ndcg@10',
] as const
const aliecColumns = ['microF1:gender', 'microF1:age', 'rankingAuc', 'hit@10', 'ndcg@10'] as const

/** All attributes together. */
export const pfrecTable3: PaperTable = {
  ...pfrecProtocol,
  name: 'table-3',
  title: 'PFRec, Table 3: all attributes together (CIKM, AliEC; MovieLens-1M)',
  citation: `${pfrecCitation}, Table 3`,
  requirements: [ml1mAttributes],
  metrics: [
    ...cikmColumns.slice(0, 3),
    'microF1:occupation',
    ...cikmColumns.slice(3),
    'microF1',
    'auc',
    'probabilityAuc',
  ],
  rows: [
    ...ml1mRows,
    paperOnly('CIKM', 'Li et al.*', allOfCikm, cikmColumns, '.7879/.2532/.1114/.8386/.5295/.3439'),
    paperOnly('CIKM', 'PFRec', allOfCikm, cikmColumns, '.7903/.2418/.1057/.8504/.5638/.4194'),
    paperOnly('AliEC', 'Li et al.*', allOfAliec, aliecColumns, '.8122/.3803/.8765/.6621/.4377'),
    paperOnly('AliEC', 'PFRec', allOfAliec, aliecColumns, '.6872/.2661/.8762/.6688/.4588'),
  ],
  claims: beatsFilters([ml1mAttributes], 'Table 3'),
  underContract: true,
}

/** Figure 2: what prompts and adapters are for. */
export const pfrecFigure2: PaperTable = {
  ...pfrecProtocol,
  name: 'figure-2',
  title: 'PFRec, Figure 2: without prompts, without adapters, and the whole recommender tuned',
  citation: `${pfrecCitation}, Figure 2`,
  requirements: [...onMl1m, ml1mAttributes],
  metrics: ['microF1', 'auc', 'probabilityAuc', 'rankingAuc', 'hit@10', 'ndcg@10'],
  rows: [
    ml1mBaseRow,
    ml1mRow('pfrec', 'PFRec', pfrecRecipe()),
    ml1mRow('without-prompt', 'PFRec without prompts', pfrecRecipe({ withoutPrompt: true })),
    ml1mRow('without-adapter', 'PFRec without adapters', pfrecRecipe({ withoutAdapter: true })),
    ml1mRow('fine-tuning', 'All parameters tuned by equation 5', pfrecRecipe({ tune: 'all' })),
  ],
  claims: [
    {
      id: 'prompts-help',
      text: 'Prompts and adapters are more accurate than adapters alone (NDCG@10)',
      source: 'Section 4.5',
      tests: [{ kind: 'above', row: 'ml-1m/pfrec', metric: 'ndcg@10', than: 'ml-1m/without-prompt' }],
    },
    {
      id: 'as-good-as-fine-tuning',
      text: 'PFRec keeps 95 % of the accuracy of tuning every parameter (NDCG@10)',
      source: 'Section 4.5',
      tests: [{ kind: 'keeps', row: 'ml-1m/pfrec', metric: 'ndcg@10', of: 'ml-1m/fine-tuning', share: 0.95 }],
    },
    {
      id: 'hides-as-fine-tuning',
      text: 'PFRec tells no more than tuning every parameter (AUC, at most 0.02 more)',
      source: 'Section 4.5',
      tests: [{ kind: 'below', row: 'ml-1m/pfrec', metric: 'auc', than: 'ml-1m/fine-tuning', margin: -0.02 }],
    },
  ],
  figures: [{ caption: 'NDCG@10 and leakage of the variants', x: 'auc', y: 'ndcg@10', lines: 'row' }],
  underContract: false,
}
