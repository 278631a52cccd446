import { fileURLToPath } from 'node:url'
import { readBundle } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { recommendationRequestSchema } from '../api/recommendation-request.js'
import { parseServiceConfig } from '../config.js'
import { servedBy } from '../switches/served-requirements.js'
import { catalogueIndex } from './catalogue-index.js'
import { resolveRequest } from './resolve-request.js'

it('takes nothing of other people along with the history of a known user', async () => {
  const bundle = await readBundle(
    fileURLToPath(new URL('../../../runtime/fixtures/bundle-format-1', import.meta.url)),
  )
  const config = parseServiceConfig({ unaudited: 'serve_flagged' })
  const context = { bundle, index: catalogueIndex(bundle), served: servedBy(bundle.model.manifest), config }
  const [id, place] = [...bundle.known!.users][3]!
  const { offsets, items } = bundle.known!.histories
  const { row } = resolveRequest(recommendationRequestSchema.parse({ user: { id } }), context)
  const history = row.person!.history
  expect(history).toEqual(items.slice(offsets[place], offsets[place + 1]))
  // What is sent to a thread is sent with the whole of its buffer.
  expect(history.buffer.byteLength).toBe(history.byteLength)
})
