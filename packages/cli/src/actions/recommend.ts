import { recommend, type RecommendedItem, type RecommendResult } from '@veilrec/lab'

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

/** `veilrec recommend RUN` */
export async function recommendRun(this: CliContext, flags: RecommendFlags, run: string): Promise<void> {
  const { json, ...request } = flags
  await perform(this, {
    json,
    work: ({ home }) => recommend({ home, run, ...request }),
    render: renderRecommendation,
  })
}

function renderRecommendation({
  run,
  user,
  historyLength,
  requirement,
  base,
  veiled,
}: RecommendResult): string {
  const title = ({ title: text, item }: RecommendedItem): string => text ?? item
  const heading = `${run}: ${user === null ? 'history' : `user ${user}`}, ${historyLength} interactions`
  if (veiled === null) {
    return `${heading}\n${renderTable(
      ['', 'without a veil'],
      base.map((item) => [item.rank, title(item)]),
    )}`
  }
  const shared = veiled.filter(({ item }) => base.some((other) => other.item === item)).length
  return [
    heading,
    renderTable(
      ['', 'without a veil', `behind the veil (${requirement.join(', ')})`],
      base.map((item, i) => [item.rank, title(item), title(veiled[i]!)]),
    ),
    `${shared} of ${base.length} items are in both lists`,
  ].join('\n')
}
