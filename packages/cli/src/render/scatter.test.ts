import fc from 'fast-check'
import { expect, it } from 'vitest'

import { scatterLines, type ScatterPoint } from './scatter.js'

const options = {
  xTitle: 'leak',
  yTitle: 'gain',
  minimumSpan: { x: 0.1, y: 0.01 },
  lineAt: 0.5,
  width: 21,
  height: 6,
}

it('puts points where their numbers say', () => {
  const points = [
    { label: 'a', x: 0.6, y: 0.2 },
    { label: 'b', x: 0.5, y: 0.1 },
    { label: 'c', x: 0.55, y: 0.14 },
  ]
  // Columns are 0.005 apart, rows 0.02; every second label of the x axis has no room.
  expect(scatterLines(points, options)).toEqual([
    '     gain',
    '0.20 ┤┊                   a',
    '0.18 ┤┊',
    '0.16 ┤┊',
    '0.14 ┤┊         c',
    '0.12 ┤┊',
    '0.10 ┤b',
    '     └┴───┴───┴───┴───┴───┴',
    '      0.50   0.54    0.58',
    '      leak',
  ])
})

it('draws nothing for no points', () => {
  expect(scatterLines([], options)).toEqual([])
})

it('shows every point, however they crowd, inside the axes', () => {
  const point = fc.record({
    x: fc.double({ min: 0.3, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 0.5, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (places) => {
      const points = places.map(({ x, y }, i): ScatterPoint => ({ label: 'abcdefghijklmnopqrst'[i]!, x, y }))
      const lines = scatterLines(points, { ...options, width: 60, height: 14 })
      const inside = lines.slice(1, 15).map((line) => line.replace(/^.*?[│┤]/, ''))
      for (const { label } of points) expect(inside.join('').split(label)).toHaveLength(2)
      for (const line of inside) expect(line.length).toBeLessThanOrEqual(60)
    }),
  )
})

it('does not stretch a small difference over the whole picture', () => {
  const lines = scatterLines(
    [
      { label: 'a', x: 0.51, y: 0.17 },
      { label: 'b', x: 0.51, y: 0.1701 },
    ],
    { ...options, minimumSpan: { x: 0.1, y: 0.02 }, height: 14 },
  )
  expect(lines.some((line) => line.includes('ab'))).toBe(true)
})
