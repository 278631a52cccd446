import { createOrtRuntime } from '@veilrec/runtime'
import { checkGradient, floats, integers } from '@veilrec/testing'
import { expect, it } from 'vitest'

import { newestState } from './newest-state.js'

const runtime = createOrtRuntime({ threads: 1 })

it('takes the state at the last item, and zero where there is none', async () => {
  const values = Array.from({ length: 3 * 3 * 2 }, (_, i) => i + 1)
  const { outputs } = await checkGradient(
    ({ states, items }) => newestState(states, items),
    { states: floats(values, [3, 3, 2]), items: integers([4, 9, 0, 0, 0, 0, 5, 5, 5], [3, 3]) },
    { runtime },
  )
  expect([...outputs[0]!.data]).toEqual([3, 4, 0, 0, 17, 18])
})
