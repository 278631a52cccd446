import { formatFixed, formatInterval } from '@veilrec/core'

import type { Picture } from '../report/figure.js'
import { axisOf } from '../report/figures/axis.js'
import { legend, requirementEntries, type LegendEntry } from '../report/figures/legend.js'
import { baseStyle, seriesStyle, type SeriesStyle } from '../report/figures/palette.js'
import { placeLetters } from '../report/figures/place-letters.js'
import {
  guessingLine,
  linearScale,
  logScale,
  plane,
  type Frame,
  type Scale,
} from '../report/figures/plane.js'
import { label, line, mark, path, told } from '../report/figures/shapes.js'
import { fitted } from '../report/figures/text-width.js'
import type { Markup } from '../report/markup.js'
import type { ReproducedFigureData, ReproductionResult } from './reproduction-result.js'

type Point = ReproducedFigureData['lines'][number]['points'][number]

/** Points that look alike. */
interface Series {
  readonly name: string
  readonly style: SeriesStyle
  readonly points: readonly (Point & { readonly key: string })[]
}

/** Series over the same two axes. */
interface Panel {
  readonly title: string
  readonly series: readonly Series[]
}

/** How a figure is laid out: in panels, with letters beside points where these have names of their own. */
interface Layout {
  readonly panels: readonly Panel[]
  readonly letters: readonly { readonly key: string; readonly name: string }[]
}

/** What metrics are called in a picture; others go by their own name. */
const metricNames: Readonly<Record<string, string>> = {
  auc: 'AUC from 0/1 predictions',
  probabilityAuc: 'AUC from probabilities',
  microF1: 'micro-F1',
  'ndcg@10': 'NDCG@10 among 100 candidates',
  'hit@10': 'HIT@10 among 100 candidates',
  'fullNdcg@10': 'NDCG@10, whole catalogue',
}

/** The figures of a reproduced table that have points, as pictures; their ids are `PAPER-TABLE-1` and so on, by their places. */
export function reproductionPictures(result: ReproductionResult): Picture[] {
  const { paper, table, figures, rows, systems } = result
  const bare = systems.filter(({ veil }) => veil === null).map(({ row }) => row)
  const bases = new Set(rows.filter(({ row }) => bare.includes(row)).map(({ label: name }) => name))
  return figures.flatMap((figure, index) =>
    figure.lines.length === 0 ? [] : [pictureOf(figure, bases, `${paper}-${table}-${index + 1}`)],
  )
}

/**
 * A figure of a paper from what was measured: a sweep of a parameter as lines; points by system, with a letter for each requirement; or
 * a panel for each requirement, with a mark for each system, all on the same axes.
 */
function pictureOf(figure: ReproducedFigureData, bases: ReadonlySet<string>, id: string): Picture {
  const { caption: title } = figure
  const layout = layoutOf(figure, bases)
  return { id, title, description: describe(figure), draw: (width) => draw(figure, layout, width) }
}

function nameOf(metric: string): string {
  const [name = metric, attribute] = metric.split(':')
  return `${metricNames[name] ?? name}${attribute === undefined ? '' : ` of ${attribute}`}`
}

function describe({ x, y, lines }: ReproducedFigureData): string {
  const range = (values: readonly number[]): string =>
    `${formatFixed(Math.min(...values), 4)} to ${formatFixed(Math.max(...values), 4)}`
  return [
    `${nameOf(y)} upwards, ${nameOf(x)} to the right.`,
    ...lines.map(
      ({ name, points }) =>
        `${name}: ${points.length} ${points.length === 1 ? 'point' : 'points'}, ${nameOf(y)} ${range(points.map((point) => point.y))}, ` +
        `${nameOf(x)} ${range(points.map((point) => point.x))}.`,
    ),
    'All figures are in the JSON file beside the picture.',
  ].join(' ')
}

/** Names in the order in which they first come. */
function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

/** @param bases names of systems without a veil, which look alike in all pictures. */
function layoutOf({ kind, lines }: ReproducedFigureData, bases: ReadonlySet<string>): Layout {
  const labels = unique(lines.flatMap(({ points }) => points.map((point) => point.label)))
  const styleOf = (names: readonly string[], name: string): SeriesStyle =>
    bases.has(name) ? baseStyle : seriesStyle(names.filter((one) => !bases.has(one)).indexOf(name))
  if (kind === 'requirements') {
    const panels = lines.map(({ name, points }) => ({
      title: name,
      series: points.map((point) => ({
        name: point.label,
        style: styleOf(labels, point.label),
        points: [{ ...point, key: '*' }],
      })),
    }))
    return { panels, letters: [] }
  }
  const letters = labels.map((name, i) => ({ key: String.fromCodePoint(97 + i), name }))
  const keyOf = (name: string): string =>
    kind === 'sweep' ? '*' : letters.find((one) => one.name === name)!.key
  const names = lines.map(({ name }) => name)
  const series = lines.map(({ name, points }) => ({
    name,
    style: styleOf(names, name),
    points: points.map((point) => ({ ...point, key: keyOf(point.label) })),
  }))
  return { panels: [{ title: '', series }], letters: kind === 'sweep' ? [] : letters }
}

function draw(
  figure: ReproducedFigureData,
  { panels, letters }: Layout,
  width: number,
): ReturnType<Picture['draw']> {
  const columns = panels.length === 1 || width < 500 ? 1 : 3
  const panelWidth = width / columns
  const panelHeight = columns > 1 ? 290 : 440
  const bottom = Math.ceil(panels.length / columns) * panelHeight
  const named = new Map(panels.flatMap(({ series }) => series.map(({ name, style }) => [name, style])))
  const entries = legend(
    [
      ...Array.from(named, ([text, style]): LegendEntry => ({
        text,
        sign: (x, y) => mark(x, y, style, { radius: 4.5 }),
      })),
      ...([figure.x, figure.y].some(isGuessable)
        ? [
            {
              text: 'guessing',
              sign: (x: number, y: number) => guessingLine([x - 9, y], [x + 9, y]),
            },
          ]
        : []),
      ...requirementEntries(letters),
    ],
    { left: 8, top: bottom, width: width - 16 },
  )
  return {
    width,
    height: bottom + entries.height + 8,
    content: [
      panels.map((panel, i) => {
        const left = (i % columns) * panelWidth
        const top = Math.floor(i / columns) * panelHeight
        return drawPanel(figure, panel, {
          left: left + 58,
          right: left + panelWidth - 14,
          top: top + (panel.title === '' ? 30 : 52),
          bottom: top + panelHeight - 54,
        })
      }),
      entries.content,
    ],
  }
}

/** Axes are those of all points, so that panels can be compared. */
function scalesOf({ kind, x, y, lines }: ReproducedFigureData, frame: Frame): { x: Scale; y: Scale } {
  const points = lines.flatMap((one) => one.points)
  const ofX = points.flatMap((point) => [point.x, ...ends(point.xInterval)])
  const ofY = points.flatMap((point) => [point.y, ...ends(point.yInterval)])
  const span = (values: readonly number[]): number => Math.max(...values.map(Math.abs), 1e-3) * 0.05
  const { left, right, top, bottom } = frame
  const xWithGuess = isGuessable(x) ? [...ofX, 0.5] : ofX
  const yWithGuess = isGuessable(y) ? [...ofY, 0.5] : ofY
  return {
    x:
      kind === 'sweep' && Math.min(...ofX) > 0
        ? logScale(ofX, left + 12, right - 12)
        : linearScale(axisOf(xWithGuess, span(xWithGuess)), left, right),
    y: linearScale(axisOf(yWithGuess, span(yWithGuess)), bottom, top),
  }
}

/** Whether 0.5 is what guessing gives. */
function isGuessable(metric: string): boolean {
  return /^(auc|probabilityAuc)(:|$)/.test(metric)
}

function ends(interval: Point['xInterval']): number[] {
  return interval === null ? [] : [interval.lower, interval.upper]
}

function drawPanel(figure: ReproducedFigureData, { title, series }: Panel, frame: Frame): Markup {
  const { kind, x, y } = figure
  const scales = scalesOf(figure, frame)
  const isSweep = kind === 'sweep'
  // Lines of a sweep have their points at the same values: moved apart by pixels, their bars can be told.
  const shift = (i: number): number => (isSweep ? (i - (series.length - 1) / 2) * 4 : 0)
  const placeOf = (point: Point, i: number): [number, number] => [
    scales.x.to(point.x) + shift(i),
    scales.y.to(point.y),
  ]
  return [
    title === ''
      ? []
      : label(frame.left - 50, frame.top - 34, fitted(title, 13, frame.right - frame.left + 50), {
          size: 13,
          weight: 'bold',
        }),
    plane(frame, { ...scales.x, title: nameOf(x) }, { ...scales.y, title: nameOf(y) }),
    isGuessable(x) ? guessingLine([scales.x.to(0.5), frame.top], [scales.x.to(0.5), frame.bottom]) : [],
    isGuessable(y) ? guessingLine([frame.left, scales.y.to(0.5)], [frame.right, scales.y.to(0.5)]) : [],
    series.map(({ style, points }, i) =>
      isSweep
        ? path(
            points.map((point) => placeOf(point, i)),
            { colour: style.colour },
          )
        : [],
    ),
    series.map(({ style, points }, i) =>
      points.map((point) => intervals(point, style, placeOf(point, i), scales)),
    ),
    series.map(({ name, style, points }, i) =>
      points.map((point) => told(tipOf(figure, name, point), mark(...placeOf(point, i), style))),
    ),
    placeLetters(
      series.flatMap(({ style, points }, i) =>
        points.map((point) => ({ key: point.key, place: placeOf(point, i), colour: style.colour })),
      ),
      frame,
    ),
  ]
}

function tipOf({ x, y }: ReproducedFigureData, name: string, point: Point): string {
  const across = point.xInterval === null ? String(point.x) : formatInterval(point.x, point.xInterval, 4)
  const names = name === point.label ? name : `${name}, ${point.label}`
  return `${names}: ${nameOf(x)} ${across}, ${nameOf(y)} ${formatInterval(point.y, point.yInterval, 4)}`
}

function intervals(
  { xInterval, yInterval }: Point,
  { colour }: SeriesStyle,
  [x, y]: readonly [number, number],
  scales: { readonly x: Scale; readonly y: Scale },
): Markup {
  const [left, right] = ends(xInterval).map(scales.x.to)
  const [low = y, high = y] = ends(yInterval).map(scales.y.to)
  return [
    left === undefined || right === undefined ? [] : line([left, y], [right, y], { colour }),
    line([x, low], [x, high], { colour }),
  ]
}
