import type { Markup } from '../markup.js'
import type { Drawing } from '../figure.js'
import { axisOf, ticksOf } from './axis.js'
import { legend, type LegendEntry } from './legend.js'
import { ink, type SeriesStyle } from './palette.js'
import type { Frame } from './plane.js'
import { label, line, mark, path, told } from './shapes.js'
import { fitted } from './text-width.js'

/** One line of a {@link CurvePanel}. */
export interface Curve {
  readonly name: string
  readonly style: SeriesStyle
  /** By ascending epoch, finite. */
  readonly points: readonly (readonly [epoch: number, value: number])[]
  /** Epoch that is marked, as its parameters were kept. */
  readonly kept: number | null
}

/** Values over epochs, with an axis of its own. */
export interface CurvePanel {
  readonly title: string
  readonly curves: readonly Curve[]
  /** Where a dotted line lies, inside the picture wherever the curves are. */
  readonly lineAt?: number
}

/** Panels side by side, in a narrow picture one below the other, and the names of the lines where there are several. */
export function drawCurves(panels: readonly CurvePanel[], width: number): Drawing {
  const columns = width < 500 ? 1 : Math.min(2, panels.length)
  const panelWidth = width / columns
  const panelHeight = 250
  const bottom = Math.ceil(panels.length / columns) * panelHeight
  const names = new Map(
    panels.flatMap(({ curves }) => curves.map(({ name, style }) => [name, style] as const)),
  )
  const entries = legend(
    [
      ...Array.from(names, ([text, style]): LegendEntry => ({
        text,
        sign: (x, y) => [
          path(
            [
              [x - 9, y],
              [x + 9, y],
            ],
            { colour: style.colour },
          ),
          mark(x, y, style, { radius: 3.5, isHollow: true }),
        ],
      })),
      { text: 'kept epoch', sign: (x, y) => mark(x, y, { colour: ink.text, shape: 'circle' }) },
    ],
    { left: 8, top: bottom, width: width - 16 },
  )
  return {
    width,
    height: bottom + entries.height + 8,
    content: [
      panels.map((panel, i) =>
        drawPanel(panel, {
          left: (i % columns) * panelWidth + 56,
          right: (i % columns) * panelWidth + panelWidth - 16,
          top: Math.floor(i / columns) * panelHeight + 34,
          bottom: Math.floor(i / columns) * panelHeight + panelHeight - 44,
        }),
      ),
      entries.content,
    ],
  }
}

function drawPanel({ title, curves, lineAt }: CurvePanel, { left, right, top, bottom }: Frame): Markup {
  const points = curves.flatMap((curve) => curve.points)
  const values = [...points.map(([, value]) => value), ...(lineAt === undefined ? [] : [lineAt])]
  const most = Math.max(...values.map(Math.abs))
  const yAxis = axisOf(values, Math.max(most * 0.02, 1e-6))
  const lastEpoch = Math.max(2, ...points.map(([epoch]) => epoch))
  const toX = (epoch: number): number => left + ((epoch - 1) / (lastEpoch - 1)) * (right - left)
  const toY = (value: number): number =>
    bottom - ((value - yAxis.low) / (yAxis.high - yAxis.low)) * (bottom - top)
  const epochs = epochTicks(lastEpoch)
  return [
    label(left - 48, top - 16, fitted(title, 12, right - left + 48), { weight: 'bold' }),
    ticksOf(yAxis).map((tick) => [
      line([left, toY(tick)], [right, toY(tick)]),
      label(left - 8, toY(tick) + 4, tick.toFixed(yAxis.digits), { anchor: 'end', colour: ink.muted }),
    ]),
    epochs.map((epoch) =>
      label(toX(epoch), bottom + 17, String(epoch), { anchor: 'middle', colour: ink.muted }),
    ),
    label(right, bottom + 34, 'epoch', { anchor: 'end', colour: ink.muted }),
    lineAt === undefined
      ? []
      : line([left, toY(lineAt)], [right, toY(lineAt)], { colour: ink.line, dashes: '2 3' }),
    curves.map((curve) => drawCurve(curve, toX, toY)),
  ]
}

function drawCurve(
  { name, style, points, kept }: Curve,
  toX: (x: number) => number,
  toY: (y: number) => number,
): Markup {
  const places = points.map(([epoch, value]): [number, number] => [toX(epoch), toY(value)])
  const atKept = points.find(([epoch]) => epoch === kept)
  return told(
    name,
    path(places, { colour: style.colour }),
    // Where an epoch has many neighbours the line alone says more than a string of marks.
    places.length > 25 ? [] : places.map(([x, y]) => mark(x, y, style, { radius: 3, isHollow: true })),
    atKept === undefined ? [] : mark(toX(atKept[0]), toY(atKept[1]), style),
  )
}

/** The first epoch, the last, and round ones between that do not touch them. */
function epochTicks(last: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((one) => last / one <= 6) ?? Math.ceil(last / 5)
  const between = Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step)
  return [1, ...between.filter((epoch) => epoch >= 1 + step / 2 && epoch <= last - step / 2), last]
}
