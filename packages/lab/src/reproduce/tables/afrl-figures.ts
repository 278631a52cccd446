import type { PaperRow, PaperTable } from '../paper-table.js'
import {
  afrlBaseLabels,
  afrlBases,
  afrlCitation,
  afrlProtocol,
  afrlRecipe,
  ml1mAttributes,
  ml1mRequirements,
} from './afrl-recipes.js'
import { afrlPublished } from './afrl-table-2.js'

type SweptBase = 'sasrec' | 'bert4rec'

const weights = [0.001, 0.01, 0.1, 1, 10, 100]

function baseRow(base: SweptBase): PaperRow {
  return {
    id: base,
    label: afrlBaseLabels[base],
    system: { base: afrlBases[base], veil: null },
    published: afrlPublished(base),
  }
}

function variant(base: SweptBase, id: string, label: string, changes: object): PaperRow {
  return { id, label, system: { base: afrlBases[base], veil: afrlRecipe(base, changes) }, baseRow: base }
}

/** Ablation: the fusion sees the collaborative embedding only. */
const withoutAttributes = { withoutAttributeEmbeddings: true }

/** What all figures share. */
const shared = {
  ...afrlProtocol,
  requirements: ml1mRequirements,
  metrics: ['auc', 'probabilityAuc', 'ndcg@10', 'hit@10'],
  underContract: false,
} as const satisfies Partial<PaperTable>

function lambdaSweep(base: SweptBase, number: 3 | 4): PaperTable {
  const name = afrlBaseLabels[base]
  const lambdas = weights.map((value) => ({
    ...variant(base, `lambda-${value}`, `AFRL+${name}, lambda ${value}`, { lambda: value }),
    parameter: { name: 'lambda', value },
  }))
  const sweep = (caption: string, y: 'auc' | 'ndcg@10') =>
    ({ caption, x: 'parameter', y, lines: 'requirement' }) as const
  return {
    ...shared,
    name: `figure-${number}`,
    title: `AFRL, Figure ${number}: accuracy against leakage on ${name}`,
    citation: `${afrlCitation}, Figure ${number}${number === 3 ? ', and Figures 6(b) and 6(c)' : ''}`,
    rows: [
      baseRow(base),
      ...lambdas,
      variant(base, 'without-z_i', `AFRL+${name} without z_i`, withoutAttributes),
    ],
    claims: [
      {
        id: 'lambda-hides',
        text: 'A larger lambda hides more: the AUC at 100 is below that at 0.001 for every requirement',
        source: `Figure ${number}, Section 4.5`,
        tests: [{ kind: 'below', row: 'lambda-100', metric: 'auc', than: 'lambda-0.001' }],
      },
      {
        id: 'lambda-costs',
        text: 'A larger lambda costs accuracy: NDCG@10 at 0.001 is above that at 100 for every requirement',
        source: `Figure ${number}, Section 4.5`,
        tests: [{ kind: 'above', row: 'lambda-0.001', metric: 'ndcg@10', than: 'lambda-100' }],
      },
    ],
    figures: [
      {
        caption: `Accuracy against leakage by lambda on ${name}`,
        x: 'auc',
        y: 'ndcg@10',
        lines: 'requirement',
      },
      ...(number === 3
        ? [sweep('Leakage by lambda (Figure 6b)', 'auc'), sweep('Accuracy by lambda (Figure 6c)', 'ndcg@10')]
        : []),
    ],
  }
}

/** Figure 3: the sweep of lambda on SASRec; its points also make Figures 6(b) and 6(c). */
export const afrlFigure3: PaperTable = lambdaSweep('sasrec', 3)

/** Figure 4: the same on BERT4Rec. */
export const afrlFigure4: PaperTable = lambdaSweep('bert4rec', 4)

/** Figure 5: what the two kinds of embeddings are for. */
export const afrlFigure5: PaperTable = {
  ...shared,
  name: 'figure-5',
  title: 'AFRL, Figure 5: without the collaborative embedding, without the attribute embeddings',
  citation: `${afrlCitation}, Figure 5`,
  rows: [
    baseRow('sasrec'),
    variant('sasrec', 'afrl+sasrec', 'AFRL+SASRec', {}),
    variant('sasrec', 'without-z_0', 'AFRL+SASRec without z_0', { withoutCollaborativeEmbedding: true }),
    variant('sasrec', 'without-z_i', 'AFRL+SASRec without z_i', withoutAttributes),
  ],
  claims: [
    {
      id: 'z_0-matters-more',
      text: 'The collaborative embedding contributes more accuracy than the attribute embeddings, for every requirement',
      source: 'Section 4.4',
      tests: [{ kind: 'above', row: 'without-z_i', metric: 'ndcg@10', than: 'without-z_0' }],
    },
    {
      id: 'z_i-help',
      text: 'Without the attribute embeddings accuracy falls, for every requirement that leaves one of them',
      source: 'Section 4.4',
      tests: [
        {
          kind: 'above',
          row: 'afrl+sasrec',
          metric: 'ndcg@10',
          than: 'without-z_i',
          requirements: ml1mRequirements.filter(({ length }) => length < ml1mAttributes.length),
        },
      ],
    },
  ],
  figures: [
    { caption: 'NDCG@10 and leakage with and without embeddings', x: 'auc', y: 'ndcg@10', lines: 'row' },
  ],
}

/** Figure 6(a): how much of an attribute its own embedding tells, by beta. */
export const afrlFigure6: PaperTable = {
  ...shared,
  name: 'figure-6',
  title: 'AFRL, Figure 6(a): what each embedding tells of its attribute, by beta',
  citation: `${afrlCitation}, Figure 6(a); 6(b) and 6(c) are figures of "figure-3"`,
  requirements: ml1mAttributes.map((name) => [name]),
  metrics: ['auc', 'probabilityAuc'],
  rows: weights.map((value) => ({
    ...variant('sasrec', `beta-${value}`, `AFRL+SASRec, beta ${value}`, { beta: value }),
    parameter: { name: 'beta', value },
    attacks: 'attributeEmbeddings',
  })),
  claims: [],
  figures: [
    {
      caption: 'AUC of each attribute from its embedding, by beta',
      x: 'parameter',
      y: 'auc',
      lines: 'requirement',
    },
  ],
}
