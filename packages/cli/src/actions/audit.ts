import { audit } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderAudit } from '../render/audit.js'

/** Flags of `veilrec audit`. */
export interface AuditFlags {
  readonly attributes?: readonly string[]
  readonly seed: number
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec audit RUN` */
export async function auditRun(this: CliContext, flags: AuditFlags, run: string): Promise<void> {
  const { attributes, seed, threads, json } = flags
  await perform(this, {
    json,
    work: (around) =>
      audit({
        ...around,
        run,
        seed,
        ...(attributes === undefined ? {} : { attributes }),
        ...(threads === undefined ? {} : { threads }),
      }),
    render: renderAudit,
  })
}
