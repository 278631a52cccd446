import { recommenderKind, recommenderKinds } from '@veilrec/core'
import { z } from 'zod'
import { stringify } from 'yaml'

import { parseRunConfig, runConfigSchema } from './run-config.js'
import { veilKinds } from './veils/veil-kinds.js'

/** A JSON Schema as far as settings use it. */
interface SettingSchema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, SettingSchema>>
  readonly oneOf?: readonly SettingSchema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

/** A kind of recommender as `veilrec models` shows it. */
export interface ModelDescription {
  readonly name: string
  readonly summary: string
  /** Names of its presets. */
  readonly presets: readonly string[]
}

/** Every recommender that can be trained. */
export function describeModels(): ModelDescription[] {
  return recommenderKinds.map(({ name, summary, presets }) => ({
    name,
    summary,
    presets: Object.keys(presets),
  }))
}

/**
 * The settings of a recommender and its training as YAML, every one with its value and a comment that says what it is
 * and what it may be. Read again as a configuration it gives exactly these values.
 *
 * @param preset default: none.
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown recommender, `CONFIG_INVALID` for an unknown preset.
 */
export function commentedConfig(model: string, preset?: string): string {
  const kind = recommenderKind(model)
  const config = parseRunConfig(model, preset === undefined ? {} : { preset })
  const presets = Object.keys(kind.presets)
  return [
    `# ${kind.name}: ${kind.summary}.`,
    `# Presets: ${presets.join(', ') || 'none'}.`,
    ...(preset === undefined ? [] : [`preset: ${preset}`]),
    'model:',
    ...settingLines(settingsOf(model, 'model'), config.model, '  '),
    'training:',
    ...settingLines(settingsOf(model, 'training'), config.training, '  '),
    '',
  ].join('\n')
}

/**
 * The JSON Schema (draft 2020-12) of a configuration file, for editors that complete and check as one types; that of any
 * recommender when none is named.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown recommender.
 */
export function configJsonSchema(model?: string): Readonly<Record<string, unknown>> {
  if (model !== undefined) return { title: `veilrec ${model}`, ...jsonSchemaOf(model) }
  const schemas = recommenderKinds.map(({ name }) => {
    const { $schema: _, ...schema } = jsonSchemaOf(name)
    return { title: `veilrec ${name}`, ...schema }
  })
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', anyOf: schemas }
}

function jsonSchemaOf(model: string): Record<string, unknown> {
  const schema = toJsonSchema(runConfigSchema(recommenderKind(model)))
  return { ...schema, properties: { ...(schema['properties'] as object), veil: veilSection() } }
}

/** The section `veil`: settings of a veil that is trained along, of any method that can. */
function veilSection(): Record<string, unknown> {
  const methods = veilKinds.flatMap(({ method, joint }) => {
    if (joint === undefined) return []
    const { $schema: _, ...schema } = toJsonSchema(joint.schema)
    const preset = {
      description: 'named settings that replace the defaults',
      enum: Object.keys(joint.presets),
    }
    return [{ title: method, ...schema, properties: { preset, ...(schema['properties'] as object) } }]
  })
  return { description: 'settings of a veil that is trained along (--veil)', anyOf: methods }
}

function toJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

function settingsOf(model: string, section: 'model' | 'training'): SettingSchema {
  const { properties } = jsonSchemaOf(model) as SettingSchema
  return properties?.[section] ?? {}
}

function settingLines(schema: SettingSchema, values: object, indent: string): string[] {
  const given = values as Readonly<Record<string, unknown>>
  const properties = variantOf(schema, given).properties ?? {}
  return Object.entries(properties).flatMap(([key, setting]) => {
    const value = given[key]
    const about = [setting.description, rangeOf(setting)].filter((part) => part !== undefined)
    const comment = about.length === 0 ? [] : [`${indent}# ${about.join('; ')}`]
    if (value === undefined) return [...comment, `${indent}# ${key}:`]
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return [...comment, `${indent}${key}:`, ...settingLines(setting, value, `${indent}  `)]
    }
    return [...comment, `${indent}${stringify({ [key]: value }).trimEnd()}`]
  })
}

/** Of a union the variant whose `kind` the values have. */
function variantOf(schema: SettingSchema, values: Readonly<Record<string, unknown>>): SettingSchema {
  const fits = ({ properties }: SettingSchema): boolean => properties?.['kind']?.const === values['kind']
  return schema.oneOf?.find(fits) ?? schema
}

/** What a value may be, in words; zod writes the bounds of safe integers where there is no other bound. */
function rangeOf(setting: SettingSchema): string | undefined {
  if (setting.enum !== undefined) return setting.enum.join(', ')
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = setting
  const bounds = [
    isBound(minimum) ? `at least ${minimum}` : undefined,
    isBound(exclusiveMinimum) ? `more than ${exclusiveMinimum}` : undefined,
    isBound(maximum) ? `at most ${maximum}` : undefined,
    isBound(exclusiveMaximum) ? `less than ${exclusiveMaximum}` : undefined,
  ].filter((bound) => bound !== undefined)
  return bounds.length === 0 ? undefined : bounds.join(', ')
}

function isBound(value: number | undefined): boolean {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER
}
