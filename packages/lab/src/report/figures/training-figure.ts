import { formatDuration, formatFixed } from '@veilrec/core'

import type { DataTable } from '../data-table.js'
import type { Figure } from '../figure.js'
import type { ReportedRun } from '../report-sources.js'
import { drawCurves, type Curve, type CurvePanel } from './curve-figure.js'
import { seriesStyle } from './palette.js'

const measures = [
  { metric: 'loss', title: 'Training loss' },
  { metric: 'validation ndcg@10', title: 'Validation NDCG@10' },
] as const

/** How recommenders were trained: loss and validation accuracy by epoch. Null where nothing was logged. */
export function trainingFigure(id: string, runs: readonly ReportedRun[]): Figure | null {
  const panels = measures.flatMap(({ metric, title }): CurvePanel[] => {
    const curves = runs.flatMap((run, i): Curve[] => {
      const points = run.metrics.flatMap((line): [number, number][] => {
        const value = line[metric]
        return value === undefined ? [] : [[line.epoch, value]]
      })
      const kept = metric === 'loss' ? null : run.manifest.bestEpoch
      return points.length === 0 ? [] : [{ name: run.name, style: seriesStyle(i), points, kept }]
    })
    return curves.length === 0 ? [] : [{ title, curves }]
  })
  if (panels.length === 0) return null
  return {
    id: `${id}-training`,
    title: 'How the recommender was trained',
    description: runs.map(sentence).join(' '),
    caption:
      'Validation is on the last but one item of every user; the filled mark is the epoch whose parameters were kept. ' +
      'Losses of different recommenders have no common scale. The axes do not begin at 0.',
    draw: (width) => drawCurves(panels, width),
    tables: [runTable(runs)],
  }
}

function sentence({ name, manifest }: ReportedRun): string {
  const { epochs, bestEpoch, bestValidation } = manifest
  return `${name} was trained for ${epochs} epochs; epoch ${bestEpoch} was kept, with a validation NDCG@10 of ${formatFixed(bestValidation, 4)}.`
}

function runTable(runs: readonly ReportedRun[]): DataTable {
  return {
    caption: 'Training',
    hasFigures: true,
    head: ['run', 'recommender', 'kept epoch', 'validation NDCG@10', 'time', 'parameters', 'seed'],
    groups: [
      {
        rows: runs.map(({ name, manifest }) => [
          name,
          manifest.model,
          `${manifest.bestEpoch} of ${manifest.epochs}`,
          formatFixed(manifest.bestValidation, 4),
          formatDuration(manifest.trainingSeconds),
          String(manifest.parameters),
          String(manifest.seed),
        ]),
      },
    ],
  }
}

/** How veils were trained: accuracy and the worst probe by epoch. Null where no veil was trained by epochs. */
export function veilTrainingFigure(
  id: string,
  runs: readonly ReportedRun[],
  veils: readonly string[],
): Figure | null {
  const records = runs.flatMap((run) =>
    run.veils.flatMap((veil) =>
      (veil.training ?? []).map((record) => ({
        name: record.name === veil.method ? veil.id : `${veil.id} ${record.name}`,
        style: seriesStyle(Math.max(0, veils.indexOf(veil.id))),
        record,
      })),
    ),
  )
  const trained = records.filter(({ record }) => record.judgements.length > 0)
  if (trained.length === 0) return null
  const panel = (title: string, measure: 'ndcg' | 'worstAuc'): CurvePanel => ({
    title,
    curves: trained.map(({ name, style, record }) => ({
      name,
      style,
      points: record.judgements.map((judgement, i) => [i + 1, judgement[measure]] as const),
      kept: record.bestEpoch,
    })),
    ...(measure === 'worstAuc' ? { lineAt: 0.5 } : {}),
  })
  return {
    id: `${id}-veil-training`,
    title: 'How the veils were trained',
    description: trained
      .map(({ name, record }) => `${name}: ${record.epochs} epochs, epoch ${record.bestEpoch} was kept.`)
      .join(' '),
    caption:
      'What the defence itself sees: NDCG@10 on validation items, the mean over requirements, and the largest AUC of a small ' +
      'probe on defence users who trained nothing. The probe only compares epochs; what an attacker finds is in the pictures above.',
    draw: (width) =>
      drawCurves([panel('Validation NDCG@10', 'ndcg'), panel('Worst AUC of a probe', 'worstAuc')], width),
    tables: [
      {
        caption: 'Training of the veils',
        hasFigures: true,
        head: ['veil', 'kept epoch', 'validation NDCG@10', 'worst AUC of a probe', 'time'],
        groups: [
          {
            rows: trained.map(({ name, record }) => {
              const kept = record.judgements[record.bestEpoch - 1]
              return [
                name,
                `${record.bestEpoch} of ${record.epochs}`,
                formatFixed(kept?.ndcg ?? null, 4),
                formatFixed(kept?.worstAuc ?? null, 3),
                formatDuration(record.seconds),
              ]
            }),
          },
        ],
      },
    ],
  }
}
