import { VeilrecError } from '@veilrec/core'
import { selfCheckBundle } from '@veilrec/lab'
import { selfCheckService } from '@veilrec/service'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec selfcheck`. */
export interface SelfCheckFlags {
  readonly run?: string
  readonly bundle?: string
  readonly recommender: boolean
  readonly threads?: number
  readonly json: boolean
}

/** `veilrec selfcheck URL|BUNDLE` */
export async function selfCheck(this: CliContext, flags: SelfCheckFlags, target: string): Promise<void> {
  const { run, bundle, recommender, threads, json } = flags
  const isService = /^https?:/i.test(target)
  const ofBundle = run !== undefined || threads !== undefined || recommender
  if (isService ? ofBundle : bundle !== undefined || run === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      isService
        ? '--run, --recommender and --threads are for a bundle'
        : 'a bundle is checked against the run that it was made of',
      { target },
      'Type "veilrec selfcheck URL [--bundle DIR]" or "veilrec selfcheck BUNDLE --run RUN [--recommender]".',
    )
  }
  let passed = false
  await perform(this, {
    json,
    hasHome: !isService,
    work: async ({ home, signal, onProgress }) => {
      const options = { signal, ...(threads !== undefined && { threads }) }
      const result = isService
        ? await selfCheckService({ url: target, signal, ...(bundle !== undefined && { bundle }) })
        : await selfCheckBundle({ home, run: run!, bundle: target, recommender, onProgress, ...options })
      passed = result.passed
      return result
    },
    render: ({ checks }) =>
      renderTable(
        ['check', '', ''],
        checks.map((check) => [check.name, verdict(check.passed), check.detail]),
      ),
  })
  if (!passed)
    throw new VeilrecError('SELF_CHECK_FAILED', `${target} does not keep every promise`, { target })
}

function verdict(passed: boolean | null): string {
  return passed === null ? 'not looked at' : passed ? 'kept' : 'BROKEN'
}
