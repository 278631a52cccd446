// The settings of the service, from its schema.
import { serviceConfigSchema } from '@veilrec/service'

/** One row for each setting, by the path that `--set` takes. */
export function serviceSettings() {
  const { properties, $defs = {} } = serviceConfigSchema.toJSONSchema({ io: 'input' })
  const defaults = serviceConfigSchema.parse({})
  const rows = Object.entries(properties).flatMap(([name, schema]) =>
    rowsOf(name, schema, defaults[name], $defs),
  )
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

function rowsOf(path, schema, value, definitions) {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const about = schema.description === undefined ? [] : [`| \`${path}\` | | ${schema.description} |`]
    const inner = (definitions[schema.$ref?.split('/').at(-1)] ?? schema).properties ?? {}
    const below = Object.entries(value).flatMap(([name, part]) =>
      rowsOf(`${path}.${name}`, inner[name] ?? {}, part),
    )
    return [...about, ...below]
  }
  return [`| \`${path}\` | \`${JSON.stringify(value)}\` | ${schema.description ?? ''} |`]
}
