import { formatFixed, formatInterval, kneeOf, paretoFront } from '@veilrec/core'

import { allRows, ndcgOf, type ComparedRow, type Comparison } from '../comparisons.js'
import type { RowGroup } from '../data-table.js'
import type { Drawing, Figure } from '../figure.js'
import type { Markup } from '../markup.js'
import { axisOf } from './axis.js'
import { legend, requirementEntries, type LegendEntry } from './legend.js'
import { ink, seriesStyle } from './palette.js'
import { guessingLine, linearScale, plane, type Frame } from './plane.js'
import { label, line, mark, path, told } from './shapes.js'
import { placeLetters } from './place-letters.js'

/** A row that can be drawn. */
type Point = ComparedRow & { readonly leakage: NonNullable<ComparedRow['leakage']> }

/** What is drawn of a comparison. */
interface Scatter {
  readonly points: readonly Point[]
  readonly missing: readonly ComparedRow[]
  /** Indices into `points`, the least leakage first; of those of which every attack has a figure. */
  readonly front: readonly number[]
  readonly knee: number | null
}

/**
 * Accuracy against the worst leakage, a point for every requirement of every veil and one for the bare recommender, with the
 * Pareto front and its knee.
 *
 * Upright bars are intervals of the paired change against the bare recommender, laid around its accuracy: those of the
 * accuracies themselves say how users differ, which all points share. Null for fewer than two points, which compare nothing.
 */
export function paretoFigure(comparison: Comparison): Figure | null {
  const rows = allRows(comparison)
  const points = rows.filter((row): row is Point => row.leakage !== null)
  if (points.length < 2) return null
  const places = points.map((row) => ({ leakage: row.leakage.auc, accuracy: ndcgOf(row) }))
  // A point that may leak more than is known would beat others by what nobody measured.
  const complete = points.flatMap(({ isComplete }, i) => (isComplete ? [i] : []))
  const front = paretoFront(complete.map((i) => places[i]!)).map((i) => complete[i]!)
  const scatter: Scatter = {
    points,
    missing: rows.filter(({ leakage }) => leakage === null),
    front,
    knee: kneeOf(places, front),
  }
  return {
    id: `${comparison.id}-accuracy-leakage`,
    title: 'Accuracy against the worst leakage',
    description: describe(scatter),
    caption: captionOf(comparison, scatter),
    draw: (width) => draw(comparison, scatter, width),
    tables: [
      {
        caption: 'Accuracy and leakage of every point',
        hasFigures: true,
        head,
        groups: tableGroups(comparison, scatter),
      },
    ],
  }
}

/** Name of a row in a sentence. */
function nameOf({ row, name }: ComparedRow): string {
  return row.veil === null ? 'no veil' : `${row.veil} hiding ${name}`
}

function describe({ points, front, knee }: Scatter): string {
  const [least, most] = [points[front[0] ?? -1], points[front.at(-1) ?? -1]]
  const place = (point: Point): string =>
    `${nameOf(point)}, AUC ${formatFixed(point.leakage.auc, 3)} and NDCG@10 ${formatFixed(ndcgOf(point), 4)}`
  return (
    `Scatter plot of ${points.length} points, leakage to the right and accuracy upwards. ` +
    (least === undefined || most === undefined
      ? 'Of no point every attack has a figure. '
      : `Least leakage: ${place(least)}. Highest accuracy: ${place(most)}. `) +
    (knee === null ? 'The front has no knee.' : `Knee of the front: ${place(points[knee]!)}.`) +
    ' All figures are in the table below.'
  )
}

function captionOf({ audits }: Comparison, { points, missing, knee }: Scatter): string {
  const isQuick = audits[0]!.audit.isQuick
  const what = isQuick ? 'from vectors alone, as the audit is a quick one' : 'from vectors and unmasked lists'
  const dead = missing.map((row) => nameOf(row))
  return (
    `The upper left is best. Across: AUC of the worst attack on a hidden attribute, ${what} (without a veil: on any ` +
    'attribute), 95 % bootstrap over users and attack seeds. Upwards: NDCG@10 of all users; the bars are 95 % intervals ' +
    'of its paired change against no veil. The axes do not begin at 0. A letter is a requirement: compare ' +
    'methods by points of the same letter, as requirements ask for different things. The stepped line is the Pareto ' +
    'front, the points that no other one beats' +
    (knee === null
      ? '; it has no knee. '
      : `; the ring marks its knee, ${nameOf(points[knee]!)}, from where on less leakage costs more accuracy than before. `) +
    'The front is of estimates: points whose intervals overlap may change places.' +
    (points.every(({ isComplete }) => isComplete)
      ? ''
      : ' Of an empty mark some attack has no figure: it may leak more than where it stands, and is left out of the front.') +
    (dead.length === 0 ? '' : ` Not drawn, as no attack on it has a figure: ${dead.join('; ')}.`)
  )
}

const head = ['point', 'worst AUC [95 %]', 'NDCG@10', 'change of NDCG@10 [95 %]', 'on the front']

function tableGroups({ veils }: Comparison, { points, missing, front, knee }: Scatter): RowGroup[] {
  const cells = (row: ComparedRow): string[] => {
    const index = points.indexOf(row as Point)
    const { change } = row.row.accuracy.all
    return [
      row.row.veil === null ? 'no veil' : `${row.key} ${row.name}`,
      formatInterval(row.leakage?.auc ?? null, row.leakage?.interval ?? null, 3),
      formatFixed(ndcgOf(row), 4),
      formatInterval(change?.value ?? null, change?.interval ?? null, 4),
      placeOf(row, index === knee, front.includes(index)),
    ]
  }
  const all = [...points, ...missing]
  return [
    { rows: all.filter(({ row }) => row.veil === null).map(cells) },
    ...veils.map((veil) => ({
      heading: `Behind ${veil}`,
      rows: all.filter(({ row }) => row.veil === veil).map(cells),
    })),
  ]
}

function placeOf({ leakage, isComplete }: ComparedRow, isKnee: boolean, isOnFront: boolean): string {
  if (leakage === null) return 'no figure'
  if (!isComplete) return 'an attack has no figure'
  return isKnee ? 'knee' : isOnFront ? 'yes' : 'no'
}

function draw(comparison: Comparison, scatter: Scatter, width: number): Drawing {
  const { points, front, knee } = scatter
  const isNarrow = width < 500
  const frame: Frame = { left: 58, right: width - 14, top: 30, bottom: isNarrow ? 330 : 430 }
  const bars = points.map((point) => barOf(point, ndcgOf(comparison.base)))
  const xAxis = axisOf(
    [0.5, ...points.flatMap(({ leakage: { auc, interval } }) => [auc, interval.lower, interval.upper])],
    0.1,
  )
  const best = Math.max(...points.map(ndcgOf))
  const yAxis = axisOf([...points.map(ndcgOf), ...bars.flat()], Math.max(best * 0.1, 1e-4))
  const xScale = linearScale(xAxis, frame.left, frame.right)
  const yScale = linearScale(yAxis, frame.bottom, frame.top)
  const [toX, toY] = [xScale.to, yScale.to]
  const places = points.map((point): [number, number] => [toX(point.leakage.auc), toY(ndcgOf(point))])
  const steps = front.flatMap((index, i): [number, number][] => {
    const next = places[front[i + 1] ?? -1]
    return next === undefined ? [places[index]!] : [places[index]!, [next[0], places[index]![1]]]
  })
  const entries = legend(legendEntries(comparison, knee !== null), {
    left: 8,
    top: frame.bottom + 50,
    width: width - 16,
  })
  return {
    width,
    height: frame.bottom + 58 + entries.height,
    content: [
      plane(
        frame,
        { ...xScale, title: 'AUC of the worst attack on what is hidden' },
        { ...yScale, title: 'NDCG@10' },
      ),
      guessingLine([toX(0.5), frame.top], [toX(0.5), frame.bottom]),
      label(toX(0.5) + 5, frame.bottom - 7, 'guessing', { size: 11, colour: ink.muted }),
      label(toX(0.5) + 5, frame.top + 14, 'best', { size: 11, colour: ink.muted }),
      path(steps, { colour: ink.line, width: 1.5, dashes: '5 3' }),
      points.map((point, i) => intervals(point, bars[i]!, places[i]!, toX, toY)),
      points.map((point, i) => pointMark(point, places[i]!)),
      knee === null ? [] : ring(places[knee]!),
      placeLetters(
        points.map(({ key, style }, i) => ({ key, place: places[i]!, colour: style.colour })),
        frame,
      ),
      entries.content,
    ],
  }
}

/** Ends of the upright bar: the base's accuracy and the interval of the change against it; none for the base itself. */
function barOf({ row }: Point, base: number): number[] {
  const interval = row.accuracy.all.change?.interval
  return interval === undefined ? [] : [base + interval.lower, base + interval.upper]
}

function intervals(
  { leakage: { interval }, style }: Point,
  bar: readonly number[],
  [x, y]: readonly [number, number],
  toX: (value: number) => number,
  toY: (value: number) => number,
): Markup {
  const look = { colour: style.colour, width: 1 }
  const [lower, upper] = bar
  return [
    line([toX(interval.lower), y], [toX(interval.upper), y], look),
    lower === undefined || upper === undefined ? [] : line([x, toY(lower)], [x, toY(upper)], look),
  ]
}

function pointMark(point: Point, [x, y]: readonly [number, number]): Markup {
  const { auc, interval } = point.leakage
  const tip = `${nameOf(point)}: AUC ${formatInterval(auc, interval, 3)}, NDCG@10 ${formatFixed(ndcgOf(point), 4)}`
  return told(tip, mark(x, y, point.style, { isHollow: !point.isComplete }))
}

function ring([x, y]: readonly [number, number]): Markup {
  return mark(x, y, { colour: ink.text, shape: 'circle' }, { radius: 11, isHollow: true, isOpen: true })
}

function legendEntries({ base, veils, requirements }: Comparison, hasKnee: boolean): LegendEntry[] {
  return [
    { text: 'no veil', sign: (x, y) => mark(x, y, base.style) },
    ...veils.map((veil, i) => ({
      text: veil,
      sign: (x: number, y: number) => mark(x, y, seriesStyle(i)),
    })),
    {
      text: 'Pareto front',
      sign: (x, y) =>
        path(
          [
            [x - 9, y],
            [x + 9, y],
          ],
          { colour: ink.line, dashes: '5 3' },
        ),
    },
    ...(hasKnee
      ? [
          {
            text: 'knee',
            sign: (x: number, y: number) =>
              mark(x, y, { colour: ink.text, shape: 'circle' }, { radius: 7, isHollow: true, isOpen: true }),
          },
        ]
      : []),
    ...requirementEntries(requirements),
  ]
}
