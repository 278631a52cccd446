import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'

import { capabilitiesSchema, type Capabilities } from '../api/capabilities.js'
import { parametersSchema, type Parameters } from '../api/parameters.js'
import { problemSchema } from '../api/problem.js'
import { batchRequestSchema, recommendationRequestSchema } from '../api/recommendation-request.js'
import { batchResponseSchema, recommendationResponseSchema } from '../api/recommendation-response.js'
import { parametersText } from '../documents/parameters.js'
import type { ListMaker } from '../requests/list-maker.js'

/** What the routes answer from. */
export interface RouteSources {
  readonly lists: Pick<ListMaker, 'answer' | 'answerAll'>
  readonly capabilities: Capabilities
  readonly parameters: Parameters
  readonly isReady: () => boolean
  readonly metrics: { readonly contentType: string; render(): Promise<string> }
}

const problems = { '4xx': problemSchema, '5xx': problemSchema }
const plain = z.string()

/** The routes of the service, described so that the OpenAPI document follows from them. */
export function registerRoutes(bare: FastifyInstance, sources: RouteSources): void {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  const { lists, capabilities, parameters } = sources
  const recommendations = {
    summary: 'A list of items for one person, behind the veil that the request asks for',
    description:
      'Safe to retry: nothing is stored. A request can hide more than the service does by default, and never less.',
    tags: ['recommendations'],
  }
  app.post(
    '/v1/recommendations',
    {
      schema: {
        ...recommendations,
        operationId: 'recommend',
        body: recommendationRequestSchema,
        response: { 200: recommendationResponseSchema, ...problems },
      },
    },
    (request) => lists.answer(request.body, request.id),
  )
  app.post(
    // Two colons are one that is meant.
    '/v1/recommendations::batch',
    {
      schema: {
        ...recommendations,
        summary: 'Several lists at once, each with its own outcome',
        operationId: 'recommendBatch',
        body: batchRequestSchema,
        response: { 200: batchResponseSchema, ...problems },
      },
    },
    (request) => lists.answerAll(request.body, request.id),
  )
  app.get(
    '/v1/capabilities',
    {
      schema: {
        summary: 'What can be hidden, what an audit found about it, and the limits of requests',
        operationId: 'capabilities',
        tags: ['documents'],
        response: { 200: capabilitiesSchema },
      },
    },
    () => capabilities,
  )
  app.get(
    '/v1/parameters',
    {
      schema: {
        summary: 'The main parameters of the recommender in plain words',
        operationId: 'parameters',
        tags: ['documents'],
        querystring: z.strictObject({
          format: z.enum(['json', 'text']).default('json'),
          version: z
            .string()
            .max(64)
            .optional()
            .describe('as an answer refers to it; 404 for another than the present one'),
        }),
        response: { 200: parametersSchema, ...problems },
      },
    },
    (request, reply) => {
      const { format, version } = request.query
      if (version !== undefined && version !== parameters.version) return reply.callNotFound()
      if (format === 'json') return parameters
      return text(reply, parametersText(parameters))
    },
  )
  app.get(
    '/livez',
    {
      schema: {
        summary: 'Whether the process turns',
        operationId: 'livez',
        tags: ['operation'],
        response: { 200: plain },
      },
    },
    (_, reply) => text(reply, 'alive\n'),
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary:
          'Whether requests should be sent here: the model is loaded and has run, and the service is not stopping',
        operationId: 'readyz',
        tags: ['operation'],
        response: { 200: plain, 503: plain },
      },
    },
    (_, reply) => (sources.isReady() ? text(reply, 'ready\n') : text(reply.code(503), 'not ready\n')),
  )
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Counts in the text form of Prometheus',
        operationId: 'metrics',
        tags: ['operation'],
        response: { 200: plain },
      },
    },
    async (_, reply) => text(reply, await sources.metrics.render(), sources.metrics.contentType),
  )
}

/** Sends text past the serializer of JSON. */
function text(reply: FastifyReply, content: string, type = 'text/plain; charset=utf-8'): never {
  return reply.type(type).serializer(String).send(content) as never
}
