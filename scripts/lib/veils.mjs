// The methods of veils with every setting, from their schemas.
import { veilKinds } from '@veilrec/lab'

/** For each method its summary, its settings with defaults, and what its presets change. */
export function veilSettings() {
  return veilKinds.map(describe).join('\n\n')
}

function describe({ method, summary, schema, presets, joint }) {
  const about = `${summary[0].toUpperCase()}${summary.slice(1)}.`
  const together = `Trained together with its recommender (\`veilrec train --veil ${method}\`, settings in the section \`veil\`):`
  return [
    `## ${method}`,
    about,
    ...settingsOf({ schema, presets }),
    ...(joint ? [together, ...settingsOf(joint)] : []),
  ].join('\n\n')
}

/** A table of the settings with their defaults, and a line for each preset. */
function settingsOf({ schema, presets }) {
  const rows = Object.entries(schema.parse({})).map(([name, value]) => [
    `\`${name}\``,
    `\`${JSON.stringify(value)}\``,
    escaped(description(schema.shape[name])),
  ])
  const named = Object.entries(presets).map(
    ([preset, settings]) => `Preset \`${preset}\`: \`${JSON.stringify(settings)}\`.`,
  )
  const settings =
    rows.length === 0 ? ['It has no settings.'] : [table(['setting', 'default', 'meaning'], rows)]
  return [...settings, ...named]
}

/** A setting whose default was replaced keeps what it means in the schema inside. */
function description(setting) {
  return (
    setting.description ?? (setting.def.innerType === undefined ? '' : description(setting.def.innerType))
  )
}

function escaped(text) {
  return text.replaceAll('|', '\\|')
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
