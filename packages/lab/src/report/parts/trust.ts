import { checkLines, checkSummary } from '../../reading/checks.js'
import { nullLines } from '../../reading/null-lines.js'
import type { Comparison } from '../comparisons.js'
import { htmlList } from '../data-table.js'
import { element, type Markup } from '../markup.js'

/** Whether the measurement can be trusted, what nobody attacked, and why the figures may mislead (rules 8, 9 and 14). */
export function trustPart(comparison: Comparison): Markup {
  const { audits } = comparison
  return [
    element('h3', {}, 'Can the measurement be trusted?'),
    audits.map(({ file, audit: { validity, permutationNull, veils } }) => [
      audits.length === 1 ? [] : element('h4', {}, [file, ...veils.map(({ id }) => id)].join(', ')),
      element('p', { class: isSound(validity) ? 'note' : 'warning' }, asSentence(checkSummary(validity))),
      htmlList(checkLines(validity)),
      permutationNull === null
        ? []
        : [
            element('p', {}, 'If nothing could be told, the worst of as many attacks under shuffled labels:'),
            htmlList(nullLines(permutationNull)),
          ],
    ]),
    element('h3', {}, 'Not attacked'),
    element('p', {}, 'Silence here is not safety.'),
    htmlList(notAttacked(comparison)),
    element('h3', {}, 'Threats to validity'),
    element('p', {}, 'Why these very figures may mislead; copy them with the figures.'),
    htmlList(unique([...ownThreats(comparison), ...audits.flatMap(({ audit }) => audit.threatsToValidity)])),
  ]
}

function asSentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

/** Whether no check failed but the planted signal, which takes figures away and spoils none. */
export function isSound(validity: Comparison['audits'][number]['audit']['validity']): boolean {
  return validity.every(({ name, passed }) => passed !== false || name === 'planted-signal')
}

/**
 * What no audit looked at. A veil that one left out and another one has was attacked after all; one that lies in the folder of
 * a run and is in none was made after them.
 */
function notAttacked({ audits, veils, runs }: Comparison): string[] {
  const leftOut = (veil: string): string => `the veil ${veil}, left out on request`
  const attacked = new Set(veils.map(leftOut))
  const lines = audits.flatMap(({ audit }) => audit.notAttacked).filter((line) => !attacked.has(line))
  const since = runs
    .flatMap((run) => run.veils.map(({ id }) => id))
    .filter((id) => !veils.includes(id) && !lines.includes(leftOut(id)))
  return unique([...lines, ...since.map((id) => `the veil ${id}, which was made after the audit`)])
}

/** What follows from putting these figures side by side. */
function ownThreats({ audits, veiled, veils, repeated }: Comparison): string[] {
  return [
    ...(veiled.length < 2
      ? []
      : [
          `choice: ${veiled.length} points are measured on the same test users; who picks the best by this report has tuned on them, and it will look worse on new ones`,
        ]),
    ...(veils.length < 2
      ? []
      : [
          'methods: each veil is one training with its own settings; another seed or budget may change their order',
        ]),
    ...(audits.length < 2
      ? []
      : [
          `sources: ${audits.length} audits of the same training stand in one table; the figures without a veil and the controls are those of the first, ${audits[0]!.file}`,
        ]),
    ...(repeated.length === 0
      ? []
      : [`left out: ${repeated.join('; ')}, which an earlier source has already`]),
  ]
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
