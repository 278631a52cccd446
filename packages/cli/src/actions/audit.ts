import { VeilrecError } from '@veilrec/core'
import { audit, auditVectors } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderAudit } from '../render/audit.js'
import { renderVectorAudit } from '../render/vector-audit.js'

/** Flags of `veilrec audit`. */
export interface AuditFlags {
  readonly vectors?: string
  readonly users?: string
  readonly attributes?: readonly string[]
  readonly defenceUsers?: string
  readonly method?: string
  readonly quick: boolean
  readonly seed: number
  readonly out?: string
  readonly json: boolean
}

/** `veilrec audit [RUN]` */
export async function auditRun(this: CliContext, flags: AuditFlags, run?: string): Promise<void> {
  const { vectors, attributes, method, quick, seed, json } = flags
  if (vectors !== undefined) {
    if (run !== undefined) throw refusal('a run and a file of vectors cannot be audited at once')
    if (method !== undefined) throw refusal('--method belongs to a run; a file of vectors has no veils')
    await auditOutside(this, flags, vectors)
    return
  }
  const name = checkRun(run, flags)
  await perform(this, {
    json,
    work: (around) =>
      audit({
        ...around,
        run: name,
        isQuick: quick,
        seed,
        ...(attributes === undefined ? {} : { attributes }),
        ...(method === undefined ? {} : { method }),
      }),
    render: renderAudit,
  })
}

async function auditOutside(
  context: CliContext,
  { users, attributes, defenceUsers, quick, seed, out, json }: AuditFlags,
  vectors: string,
): Promise<void> {
  if (users === undefined) throw refusal('--vectors needs --users, the file that says who the users are')
  if (attributes === undefined) {
    throw refusal('--vectors needs --attributes, the columns of the users file that are to be told')
  }
  await perform(context, {
    json,
    hasHome: false,
    work: ({ signal, onProgress }) =>
      auditVectors({
        signal,
        onProgress,
        vectors,
        users,
        attributes,
        isQuick: quick,
        seed,
        ...(defenceUsers === undefined ? {} : { defenceUsers }),
        ...(out === undefined ? {} : { out }),
      }),
    render: renderVectorAudit,
  })
}

function checkRun(run: string | undefined, { users, defenceUsers, out }: AuditFlags): string {
  if (run === undefined) throw refusal('there is nothing to audit')
  const flag = Object.entries({ '--users': users, '--defence-users': defenceUsers, '--out': out }).find(
    ([, value]) => value !== undefined,
  )?.[0]
  if (flag !== undefined) throw refusal(`${flag} belongs to --vectors; a run knows its users`)
  return run
}

function refusal(message: string): VeilrecError {
  return new VeilrecError(
    'INVALID_ARGUMENT',
    message,
    {},
    'Type "veilrec audit RUN", or "veilrec audit --vectors FILE --users FILE --attributes NAMES".',
  )
}
