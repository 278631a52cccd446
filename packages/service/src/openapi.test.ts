import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

import { openApiDocument } from './openapi.js'

it('is the document that is committed', async () => {
  const path = fileURLToPath(new URL('../../../docs/reference/openapi.json', import.meta.url))
  // `npm run api` writes it.
  expect(await openApiDocument()).toEqual(JSON.parse(await readFile(path, 'utf8')))
})

it('is of version 3.1, describes every route, and refers to what is there', async () => {
  const document = (await openApiDocument()) as {
    openapi: string
    paths: Record<string, Record<string, { operationId: string; responses: object }>>
    components: { schemas: Record<string, { additionalProperties?: unknown }> }
  }
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths).sort()).toEqual([
    '/livez',
    '/metrics',
    '/readyz',
    '/v1/capabilities',
    '/v1/parameters',
    '/v1/recommendations',
    '/v1/recommendations:batch',
  ])
  const { schemas } = document.components
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    expect(Object.keys(schemas)).toContain(name)
  }
  expect(schemas['RequirementsInput']?.additionalProperties).toBe(false)
  expect(JSON.stringify(document.paths['/v1/recommendations']!['post']!.responses)).toContain(
    'application/problem+json',
  )
})
