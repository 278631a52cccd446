// Renders what the service did under load, from bench/results/service.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

/** A row for each catalogue and cache: requests per second, latencies, memory. */
export function serviceLoadTable() {
  const path = join(root, 'bench', 'results', 'service.json')
  const { cpu, cores, command, results } = JSON.parse(readFileSync(path, 'utf8'))
  const head = [
    'catalogue',
    'vectors before the veil',
    'requests/s at 64 connections',
    'p50, p99 then (ms)',
    'at an even rate',
    'p50, p99 then (ms)',
    'at 1 connection: requests/s, p99 (ms)',
    'memory (MiB)',
  ]
  const rows = Object.values(results).flatMap(({ items, uncached, cached }) =>
    [
      ['made for each request', uncached],
      ['in memory', cached],
    ].map(([vectors, { many, paced, one, memory }]) => [
      `${items.toLocaleString('en')} items`,
      vectors,
      `${Math.round(many.perSecond)}`,
      `${many.p50}, ${many.p99}`,
      `${paced.perSecond} requests/s`,
      `${paced.p50}, ${paced.p99}`,
      `${Math.round(one.perSecond)}, ${one.p99}`,
      `${Math.round(memory / 2 ** 20)}`,
    ]),
  )
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  const { users, requirements, equal, coldStartSeconds } = results.films
  const about =
    `SASRec behind AFRL, lists of 10, ${users.toLocaleString('en')} users in turn, ${requirements} requirements equally often; ` +
    `server and load share ${cores} cores (${cpu}). Ready ${coldStartSeconds} s after the start; ` +
    `${equal.equal} of ${equal.of} answers equal \`veilrec recommend\`, item by item. Measured by \`${command}\`.`
  return [...lines, '', about].join('\n')
}
