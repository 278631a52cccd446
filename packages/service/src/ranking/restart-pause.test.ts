import { expect, it } from 'vitest'

import { RestartPause } from './restart-pause.js'

it('grows while threads end at once, up to half a minute, and starts over after one that lived', () => {
  const pause = new RestartPause()
  const pauses = Array.from({ length: 11 }, () => pause.after(5))
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
  expect(pause.after(30_000)).toBe(30_000)
  expect(pause.after(30_001)).toBe(100)
  expect(pause.after(5)).toBe(200)
})
