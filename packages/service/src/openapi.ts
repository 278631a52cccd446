import { createApp } from './http/app.js'
import type { RouteSources } from './http/routes.js'

/** The OpenAPI 3.1 document of the service, which does not depend on what it serves. */
export async function openApiDocument(): Promise<object> {
  const unasked = (): never => {
    throw new Error('the document is made without asking')
  }
  const sources = {
    lists: { answer: unasked, answerAll: unasked },
    isReady: unasked,
  } as unknown as RouteSources
  const app = await createApp(sources, { bodyBytes: 1024 })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
