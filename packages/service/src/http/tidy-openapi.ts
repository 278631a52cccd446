import type { OpenAPIV3_1 } from 'openapi-types'

/** The document with problems under their own content type, and without schemas that nothing refers to. */
export function tidy(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const paths = structuredClone(document.paths ?? {})
  for (const path of Object.values(paths)) {
    for (const operation of [path?.get, path?.post]) {
      for (const [status, response] of Object.entries(operation?.responses ?? {})) {
        if (!/^[45]XX$/i.test(status) || !('content' in response)) continue
        const media = response.content?.['application/json']
        if (media) response.content = { 'application/problem+json': media }
      }
    }
  }
  const schemas = document.components?.schemas ?? {}
  const used = new Set<string>()
  const visit = (part: unknown): void => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!)) continue
      used.add(name!)
      visit(schemas[name!])
    }
  }
  visit(paths)
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, paths, components: { ...document.components, schemas: kept } }
}
