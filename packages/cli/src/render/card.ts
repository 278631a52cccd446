import type { DatasetCard } from '@veilrec/data'

import { cardWarnings } from './card-warnings.js'
import { count, fixed, percent } from './numbers.js'
import { renderPairs, renderTable, type Cell } from './table.js'

type Pair = readonly [name: string, value: Cell]

/**
 * A data set's card for a person: counts, shape of the histories, sizes of splits and groups, hashes, licence, and what to
 * distrust (evaluation.md rule 1).
 */
export function renderCard(card: DatasetCard): string {
  const { attributes, itemProperties } = card
  return [
    renderPairs(shape(card)),
    renderTable(['interactions (users)', 'train', 'validation', 'test'], splitRows(card)),
    renderTable(
      ['attribute', 'users per value', 'missing'],
      attributes.map(({ name, classes, missing }) => [
        name,
        wrapped(classes.map((one) => `${one.name} ${one.users}`)),
        missing,
      ]),
    ),
    ...(itemProperties.length === 0
      ? []
      : [
          renderTable(
            ['item property', 'values', 'items without'],
            itemProperties.map(({ name, values, missing }) => [name, values, missing]),
          ),
        ]),
    renderPairs(origin(card)),
    ...card.notes.map((note) => `note: ${note}`),
    ...cardWarnings(card).map((warning) => `warning: ${warning}`),
  ].join('\n')
}

function shape({ name, source, counts, statistics, dropped, options, seed }: DatasetCard): Pair[] {
  const { min, q05, q25, median, q75, q95, max } = statistics.historyLength
  const filters = Object.entries(dropped ?? {}).filter(([, interactions]) => interactions > 0)
  return [
    ['data set', `${name} (source ${source})`],
    ['users', count(counts.users)],
    ['items', count(counts.items)],
    ['interactions', count(counts.interactions)],
    ['density', fixed(statistics.density, 5)],
    [
      'history length',
      `min ${min}, 5 % ${q05}, 25 % ${q25}, median ${median}, 75 % ${q75}, 95 % ${q95}, max ${max}`,
    ],
    ['tied interactions', percent(statistics.tieRate)],
    ['users with a tied last item', percent(statistics.lastItemTiedShare)],
    ['training newer than test target', percent(statistics.trainingNewerThanTarget)],
    ...when(filters.length > 0, [
      'interactions dropped',
      filters.map(([filter, interactions]) => `${filter} ${count(interactions)}`).join(', '),
    ]),
    ['options', Object.entries(options).map(optionText).join(', ')],
    ['seed', seed],
  ]
}

function splitRows({ splits, candidates }: DatasetCard): Cell[][] {
  const { leaveOneOut, globalTime, userGroups } = splits
  const parts = (sizes: typeof leaveOneOut.sizes): string[] =>
    sizes === null
      ? ['-', '-', '-']
      : [sizes.train, sizes.validation, sizes.test].map(
          ({ users, interactions }) => `${count(interactions)} (${count(users)} users)`,
        )
  const { defence, attackTrain, attackValidation, attackTest } = userGroups.users
  const drawn =
    candidates === null
      ? '-'
      : `${candidates.perUser} per user` +
        (candidates.usersWithFewer === 0 ? '' : `,\nfewer for ${count(candidates.usersWithFewer)}`)
  return [
    ['leave-one-out', ...parts(leaveOneOut.sizes)],
    ['- uniform candidates', '-', drawn, drawn],
    ['global-time', ...parts(globalTime?.sizes ?? null)],
    [
      'users, for attacks',
      `defence ${count(defence)},\nattack-train ${count(attackTrain)}`,
      `attack-validation ${count(attackValidation)}`,
      `attack-test ${count(attackTest)}`,
    ],
  ]
}

/** Where the data comes from, and the hashes by which it is known again. */
function origin(card: DatasetCard): Pair[] {
  const { leaveOneOut, globalTime, userGroups } = card.splits
  const hashes = [
    ['sha256', card.sha256],
    ['- content', card.contentSha256],
    ['- item properties', card.itemPropertiesSha256],
    ['- leave-one-out', leaveOneOut.sha256],
    ['- global-time', globalTime?.sha256 ?? null],
    ['- user groups', userGroups.sha256],
    ['- candidates', card.candidates?.sha256 ?? null],
  ] as const
  return [
    ...(globalTime === null
      ? []
      : [
          [
            'global-time',
            `validation from ${utc(globalTime.validationFrom)}, test from ${utc(globalTime.testFrom)}`,
          ] as const,
        ]),
    ...card.sourceFiles.map(({ name, sha256, asPublished }): Pair => [
      `read ${name}`,
      `${sha256}${asPublished === true ? ' (as published)' : ''}`,
    ]),
    ...hashes.flatMap(([name, sha256]) => when(sha256 !== null, [name, sha256 ?? ''])),
    ['made by', `veilrec ${card.veilrecVersion}, format ${card.formatVersion}`],
    ['licence', card.licence.notice],
    ...when(card.licence.page !== undefined, ['publisher', card.licence.page ?? '']),
  ]
}

function when(condition: boolean, pair: Pair): Pair[] {
  return condition ? [pair] : []
}

/** An option that is a structure, such as a mapping, is in `dataset.json` and in `--json`. */
function optionText([key, value]: readonly [string, unknown]): string {
  if (typeof value === 'object') return `${key} (see --json)`
  return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

/** Seconds since 1970 as date and time. */
function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Long lists take several lines, so that a table stays narrow. */
function wrapped(parts: readonly string[]): string {
  return parts.join(', ').replaceAll(/(.{50,70}?), /g, '$1,\n')
}
