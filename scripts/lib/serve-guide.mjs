// Renders what the guide to the service shows, from bench/results/serve-guide.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

const steps = () => {
  const path = join(root, 'bench', 'results', 'serve-guide.json')
  return JSON.parse(readFileSync(path, 'utf8')).results.transcript
}

/** Commands of the guide without what they printed. */
export function serveGuideCommands(...names) {
  const transcript = steps()
  const lines = names.map((name) => transcript[name].command.replaceAll(' --set', ' \\\n  --set'))
  return ['```', ...lines, '```'].join('\n')
}

/** Commands of the guide with what they printed. */
export function serveGuideOutput(...names) {
  const transcript = steps()
  return names
    .map((name) => {
      const { command, output } = transcript[name]
      return ['```', `$ ${command}`, output, '```'].join('\n')
    })
    .join('\n\n')
}
