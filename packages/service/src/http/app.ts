import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import { VeilrecError } from '@veilrec/core'
import fastify, { LogController, type FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { z } from 'zod'

import { registerControlPages } from '../control/control-pages.js'
import { serviceVersion } from '../version.js'
import { bodyError, httpError, problemOf } from './problems.js'
import { registerRoutes, type RouteSources } from './routes.js'
import { tidy } from './tidy-openapi.js'

/** How requests are taken. */
export interface AppOptions {
  readonly bodyBytes: number
  /** Where log lines go; nowhere when left out. */
  readonly log?: { write(line: string): void }
  /** Told of every answer. */
  readonly onAnswer?: (route: string, status: number, seconds: number) => void
  /** Whether connections are to be closed after an answer, because the service stops. */
  readonly isStopping?: () => boolean
}

/**
 * The service over HTTP, not listening yet.
 *
 * A log line has the id of the request, the route and not the path, the status and the time: nothing that a client sent.
 */
export async function createApp(sources: RouteSources, options: AppOptions): Promise<FastifyInstance> {
  const { bodyBytes, log, onAnswer, isStopping } = options
  const app = fastify({
    bodyLimit: bodyBytes,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    // A stopping service answers what reaches it; it is the readiness that sends clients elsewhere.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ...(log ? { logger: { level: 'info', stream: log, base: null } } : { logger: false }),
  })
  app.setValidatorCompiler(({ schema }) => (data) => {
    const parsed = (schema as z.ZodType).safeParse(data)
    return parsed.success ? { value: parsed.data } : { error: bodyError(schema as z.ZodType, parsed.error) }
  })
  app.setSerializerCompiler(serializerCompiler)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Veilrec',
        description:
          'Recommendations behind a veil: each request says which attributes the recommender must not know.',
        version: serviceVersion,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidy(jsonSchemaTransformObject(document) as OpenAPIV3_1.Document),
  })
  app.addHook('onRequest', (_, reply, done) => {
    void reply.header('cache-control', 'private, no-store')
    if (isStopping?.() === true) void reply.header('connection', 'close')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown'
    onAnswer?.(route, reply.statusCode, reply.elapsedTime / 1000)
    request.log.info({
      method: request.method,
      route,
      status: reply.statusCode,
      took_ms: Math.round(reply.elapsedTime),
    })
    done()
  })
  app.setErrorHandler((thrown, request, reply) => {
    const error = thrown instanceof VeilrecError ? thrown : (httpError(thrown) ?? VeilrecError.from(thrown))
    const problem = problemOf(error, request.id)
    // Of what clients do wrong the status is enough; a bug needs its stack.
    if (problem.status === 500) request.log.error({ code: error.code, stack: error.stack })
    if (problem.status === 503) void reply.header('retry-after', '1')
    return reply
      .code(problem.status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problem)
  })
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(
      new VeilrecError('ROUTE_NOT_FOUND', 'there is nothing at this path'),
      request.id,
    )
    return reply.code(404).type('application/problem+json').serializer(JSON.stringify).send(problem)
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  registerRoutes(app, sources)
  await registerControlPages(app)
  return app
}
