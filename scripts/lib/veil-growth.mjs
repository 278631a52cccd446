// How veils grow with the number of attributes, from the result file of its benchmark.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

/** One row per method, one pair of figures per number of attributes. */
export function veilGrowthTable() {
  const path = join(root, 'bench', 'results', 'veil-growth.json')
  if (!existsSync(path)) return 'Not measured yet: `npm run bench -- veil-growth`.'
  const { results, command } = JSON.parse(readFileSync(path, 'utf8'))
  const { table, users, interactionsPerUser, hiddenSize, epochs } = results
  const counts = table[0].veils.map(({ attributes }) => attributes)
  const head = ['method', ...counts.map((count) => (count === 1 ? '1 attribute' : `${count} attributes`))]
  const rows = table.map(({ name, veils }) => [
    name,
    ...veils.map(
      ({ parameters, seconds }) => `${parameters.toLocaleString('en-US')} in ${seconds.toFixed(1)} s`,
    ),
  ])
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
    `Numbers stored, and the time of ${epochs} epochs of training (linear erasure: of making it) on ${users} made-up users with ` +
      `${interactionsPerUser} interactions and vectors of ${hiddenSize}, by \`${command}\`.`,
  ].join('\n')
}
