import { createHash } from 'node:crypto'
import type { AuditedFigures, Bundle } from '@veilrec/runtime'

import type { Parameters } from '../api/parameters.js'
import type { ServiceConfig } from '../config.js'
import { allowedRequirements, type ServedRequirements } from '../switches/served-requirements.js'
import { modelOf } from './capabilities.js'

/**
 * The main parameters of the recommender in plain words: what it reads, how much each thing matters and why, what people can switch,
 * and what that is known to do. Made from the live configuration, so that it cannot say what is not so.
 */
export function parametersOf(
  { model: { manifest }, catalogue }: Bundle,
  served: ServedRequirements,
  config: ServiceConfig,
): Parameters {
  const { historyLength } = manifest.model
  const attributes = served.attributes.join(', ')
  const content: Omit<Parameters, 'version'> = {
    model: modelOf(manifest),
    signals: [
      {
        name: 'history',
        used_in: ['profiled'],
        importance: 'decides',
        explanation:
          `The newest ${historyLength} items that you had, and their order, decide what comes first: the model has ` +
          'learned from many people what tends to follow what. Items that you had are left out unless asked for.',
      },
      {
        name: 'popularity',
        used_in: ['non_profiled'],
        importance: 'decides',
        explanation:
          'Without a profile the order is how often each item was chosen by everybody together. It is the same list for everybody.',
      },
      ...catalogue.properties.map(({ name }): Parameters['signals'][number] => ({
        name: `filter: ${name}`,
        used_in: ['profiled', 'non_profiled'],
        importance: 'filters',
        explanation: `Items without the ${name} that was asked for are left out; the order of the others stays.`,
      })),
      {
        name: served.attributes.length === 0 ? 'personal attributes' : attributes,
        used_in: [],
        importance: 'not_used',
        explanation:
          'No personal attribute is known to this service, and none can be sent to it. What items tell of you by themselves ' +
          'is what the option "hide" is about.',
      },
    ],
    options: [
      {
        name: 'mode',
        values: ['profiled', 'non_profiled'],
        default: config.defaults.mode,
        how: 'requirements.mode in POST /v1/recommendations',
        explanation: 'non_profiled: nothing about you is used; the list is the same for everybody.',
        expected_effect: null,
      },
      ...(served.attributes.length === 0
        ? []
        : [
            {
              name: 'hide',
              values: [...served.attributes],
              default: config.defaults.hide.join(', ') || 'nothing',
              how: 'requirements.hide in POST /v1/recommendations, any combination listed in /v1/capabilities',
              explanation:
                'What you choose here is taken out of what the recommender makes of your history, as far as the audit below could tell.',
              expected_effect: effects(served, config, manifest.veil?.audit?.ndcgBase),
            },
          ]),
    ],
    not_promised: [
      'Hiding an attribute is an empirical result, with the intervals given, and not anonymity.',
      'Another attacker, or one who knows more about you, may tell more.',
      'Hiding does not make lists equally useful for all groups.',
      'None of this is legal advice or compliance by itself.',
    ],
  }
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12)
  return { version, ...content }
}

/** The same as plain text. */
export function parametersText({ version, model, signals, options, not_promised }: Parameters): string {
  const lines = [
    'What decides which items you see',
    '',
    ...signals.map(
      ({ name, importance, explanation }) => `- ${name} (${importance.replace('_', ' ')}): ${explanation}`,
    ),
    '',
    'What you can change',
    '',
    ...options.flatMap(({ name, values, default: preset, how, explanation, expected_effect: effect }) => [
      `- ${name}: ${values.join(' or ')}; by default ${preset}. ${explanation} Set it with ${how}.`,
      ...(effect === null ? [] : effect.split('\n').map((line) => `  ${line}`)),
    ]),
    '',
    'What is not promised',
    '',
    ...not_promised.map((line) => `- ${line}`),
    '',
    `Model ${model.id}, version ${model.version}; this document ${version}.`,
  ]
  return `${lines.join('\n')}\n`
}

function effects(
  served: ServedRequirements,
  { unaudited }: ServiceConfig,
  ndcgBase: number | undefined,
): string {
  const rows = allowedRequirements(served, { unaudited: unaudited === 'serve_flagged' })
  if (rows.length === 0) return 'No requirement of this model was audited, so that none is offered.'
  return rows.map(({ hide, audit }) => `${hide.join(' and ')}: ${effect(audit, ndcgBase)}`).join('\n')
}

function effect(figures: AuditedFigures | null, ndcgBase: number | undefined): string {
  if (figures === null) return 'not audited.'
  const { ndcgChange: cost, worstHiddenAuc: leak, worstHidden: worst } = figures
  const accuracy =
    cost === null || ndcgBase === undefined
      ? 'the cost in accuracy was not measured'
      : `accuracy (NDCG@10) changes on average by ${cost.value.toFixed(4)} [${cost.lower.toFixed(4)}, ` +
        `${cost.upper.toFixed(4)}] from ${ndcgBase.toFixed(4)}`
  const what =
    worst === undefined
      ? 'what was hidden'
      : `${worst.attribute} from ${worst.evidence === 'vectors' ? 'what the recommender makes of the history' : 'the list of items'}`
  const told =
    `the best attack told ${what} with an AUC of ${leak.value.toFixed(3)} [${leak.lower.toFixed(3)}, ` +
    `${leak.upper.toFixed(3)}], where 0.5 is a guess`
  return `${accuracy}; ${told}.`
}
