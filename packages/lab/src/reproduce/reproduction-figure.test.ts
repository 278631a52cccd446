import { describe, expect, it } from 'vitest'

import { standaloneSvg, type Picture } from '../report/figure.js'
import { baseStyle, seriesStyle } from '../report/figures/palette.js'
import { reproductionPictures } from './reproduction-figure.js'
import type { ReproducedFigureData, ReproductionResult } from './reproduction-result.js'

const around = (value: number) => ({ lower: value - 0.02, upper: value + 0.02 })
const point = (label: string, x: number, y: number) => ({
  label,
  x,
  y,
  xInterval: around(x),
  yInterval: around(y),
})

/** Only what is drawn. */
function picturesOf(...figures: ReproducedFigureData[]): Picture[] {
  const result = {
    paper: 'made-up',
    table: 'figure-1',
    figures,
    systems: [{ row: 'base', veil: null }],
    rows: [
      { row: 'base', label: 'Base' },
      { row: 'erased', label: 'Erased' },
    ],
  }
  return reproductionPictures(result as unknown as ReproductionResult)
}

const systems: ReproducedFigureData = {
  caption: 'Accuracy & leakage',
  kind: 'systems',
  x: 'auc',
  y: 'ndcg@10',
  lines: [
    { name: 'Base', points: [point('gender', 0.8, 0.5)] },
    { name: 'Erased', points: [point('gender', 0.6, 0.4), point('age', 0.55, 0.41)] },
  ],
}

const sweep: ReproducedFigureData = {
  caption: 'By lambda',
  kind: 'sweep',
  x: 'lambda',
  y: 'auc',
  lines: ['age', 'gender'].map((name, i) => ({
    name,
    points: [0.001, 0.1, 10].map((x, j) => ({
      ...point(`lambda ${x}`, x, 0.7 - 0.05 * j - 0.01 * i),
      xInterval: null,
    })),
  })),
}

const requirements: ReproducedFigureData = {
  ...systems,
  kind: 'requirements',
  lines: ['age', 'gender'].map((name) => ({
    name,
    points: [point('Base', 0.8, 0.5), point('Erased', 0.6, 0.4)],
  })),
}

const count = (svg: string, text: string): number => svg.split(text).length - 1

/** Where a point of a sweep lies: the polyline of its series. */
function placesOf(svg: string): number[][][] {
  return [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points]) =>
    points!.split(' ').map((pair) => pair.split(',').map(Number)),
  )
}

describe('pictures of a reproduction', () => {
  it('are named by their places, and left out where nothing was measured', () => {
    const pictures = picturesOf({ ...systems, lines: [] }, systems)
    expect(pictures.map(({ id, title }) => [id, title])).toEqual([
      ['made-up-figure-1-2', 'Accuracy & leakage'],
    ])
  })

  it('say in words what there is to see', () => {
    const [picture] = picturesOf(systems)
    expect(picture!.description).toContain(
      'Erased: 2 points, NDCG@10 among 100 candidates 0.4000 to 0.4100, AUC from 0/1 predictions 0.5500 to 0.6000.',
    )
    const svg = standaloneSvg(picture!)
    expect(svg).toContain('>Accuracy &amp; leakage</title>')
    expect(svg).toMatch(/<desc id="[^"]+">NDCG@10/)
  })

  it('tell systems by shape and colour, and requirements by letters', () => {
    const svg = standaloneSvg(picturesOf(systems)[0]!)
    // Each of the two in the legend as well.
    expect(count(svg, `<polygon`)).toBe(2)
    expect(count(svg, `fill="${baseStyle.colour}" stroke="#fff"`)).toBeGreaterThanOrEqual(2)
    expect(count(svg, `<circle`)).toBe(3)
    expect(svg).toContain(`<title>Erased, age: AUC from 0/1 predictions 0.5500 [0.5300, 0.5700]`)
    for (const key of ['a', 'b']) expect(svg).toContain(`>${key}</text>`)
    // An upright and a level bar for each of three points.
    const bars = [baseStyle, seriesStyle(0)].map(({ colour }) =>
      count(svg, `stroke="${colour}" stroke-width="1"></line>`),
    )
    expect(bars).toEqual([2, 4])
  })

  it('draw a parameter by its ratios', () => {
    const svg = standaloneSvg(picturesOf(sweep)[0]!)
    const [age, gender] = placesOf(svg)
    const [x1, x2, x3] = age!.map(([x]) => x!)
    // Both steps are of a factor of 100.
    expect(x2! - x1!).toBeCloseTo(x3! - x2!, 0)
    expect(age![1]![1]).toBeGreaterThan(age![0]![1]!)
    expect(gender![0]![0]).toBeGreaterThan(age![0]![0]!)
    for (const tick of ['0.001', '0.01', '0.1', '1', '10']) expect(svg).toContain(`>${tick}</text>`)
    // A parameter of 0 has no place among ratios.
    const lines = sweep.lines.map((one) => ({
      ...one,
      points: one.points.map((p) => ({ ...p, x: p.x - 0.001 })),
    }))
    expect(standaloneSvg(picturesOf({ ...sweep, lines })[0]!)).not.toContain('NaN')
  })

  it('have a panel for each requirement, on the same axes', () => {
    const svg = standaloneSvg(picturesOf(requirements)[0]!)
    for (const name of ['age', 'gender']) expect(count(svg, `font-weight="bold">${name}</text>`)).toBe(1)
    expect(count(svg, '>NDCG@10 among 100 candidates</text>')).toBe(2)
    expect(count(svg, '>guessing</text>')).toBe(1)
    expect(svg).not.toContain('NaN')
  })
})
