import { z } from 'zod'

/** An error as RFC 9457 describes it (`application/problem+json`), with the code of the library. No part repeats what was sent. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('urn:veilrec:error:CODE'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('see the reference of error codes'),
    request_id: z.string(),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .describe('where in the body (RFC 6901), and what is wrong there'),
    supported: z.array(z.string()).optional().describe('what could have been asked for'),
  })
  .meta({ id: 'Problem' })

/** See {@link problemSchema}. */
export type Problem = z.output<typeof problemSchema>
