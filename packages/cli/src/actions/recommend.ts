import { recommend, type RecommendResult } from '@veilrec/lab'
import { isBundle, recommendFromBundle, type BundleItem, type BundleRecommendation } from '@veilrec/runtime'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec recommend`. */
export interface RecommendFlags {
  readonly user?: string
  readonly history?: readonly string[]
  readonly veil?: readonly string[]
  readonly method?: string
  readonly top: number
  readonly json: boolean
}

/** `veilrec recommend RUN|BUNDLE` */
export async function recommendItems(this: CliContext, flags: RecommendFlags, target: string): Promise<void> {
  const { json, ...query } = flags
  if (await isBundle(target)) {
    await perform(this, {
      json,
      hasHome: false,
      work: () => recommendFromBundle({ bundle: target, ...query }),
      render: (result) => [...renderLists(target, result), ...auditWords(result)].join('\n'),
    })
    return
  }
  await perform(this, {
    json,
    work: ({ home }) => recommend({ home, run: target, ...query }),
    render: (result) => renderLists(result.run, result).join('\n'),
  })
}

function renderLists(
  name: string,
  { user, historyLength, requirement, base, veiled }: RecommendResult | BundleRecommendation,
): string[] {
  const title = ({ title: text, item }: BundleItem): string => text ?? item
  const heading = `${name}: ${user === null ? 'history' : `user ${user}`}, ${historyLength} interactions`
  if (veiled === null) {
    return [
      heading,
      renderTable(
        ['', 'without a veil'],
        base.map((item) => [item.rank, title(item)]),
      ),
    ]
  }
  const shared = veiled.filter(({ item }) => base.some((other) => other.item === item)).length
  return [
    heading,
    renderTable(
      ['', 'without a veil', `behind the veil (${requirement.join(', ')})`],
      base.map((item, i) => [item.rank, title(item), title(veiled[i]!)]),
    ),
    `${shared} of ${base.length} items are in both lists`,
  ]
}

/** What the service makes of a requirement that was not audited differs from this list, so that it is said. */
function auditWords({ audited }: BundleRecommendation): string[] {
  return audited === false
    ? ['This requirement was not audited: the service serves it only with unaudited=serve_flagged']
    : []
}
