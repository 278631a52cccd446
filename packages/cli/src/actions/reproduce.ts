import { VeilrecError } from '@veilrec/core'
import { listReproductions, reproduce } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderReproductionList, renderReproductions } from '../render/reproduction.js'

/** Flags of `veilrec reproduce`. */
export interface ReproduceFlags {
  readonly list: boolean
  readonly cells?: string
  readonly seeds: number
  readonly from?: string
  readonly out?: string
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec reproduce [PAPER] [TABLE]` */
export async function reproduceTables(
  this: CliContext,
  { list, json, ...flags }: ReproduceFlags,
  paper?: string,
  table?: string,
): Promise<void> {
  if (list) {
    await perform(this, {
      json,
      hasHome: false,
      work: () => Promise.resolve(listed(paper, table)),
      render: renderReproductionList,
    })
    return
  }
  if (paper === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'there is no paper to reproduce',
      {},
      'Type "veilrec reproduce --list" to see what there is.',
    )
  }
  await perform(this, {
    json,
    work: (around) => reproduce({ ...around, ...flags, paper, ...(table === undefined ? {} : { table }) }),
    render: renderReproductions,
  })
}

function listed(paper: string | undefined, table: string | undefined): ReturnType<typeof listReproductions> {
  return listReproductions().filter(
    (one) => (paper === undefined || one.paper === paper) && (table === undefined || one.table === table),
  )
}
