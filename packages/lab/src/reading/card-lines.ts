import { formatCount, formatFixed, formatPercent } from '@veilrec/core'
import type { DatasetCard } from '@veilrec/data'

/** A line of a card: what, and how much. */
export type CardPair = readonly [name: string, value: string | number]

/** Counts of a data set, the shape of its histories, and what it was made with. */
export function cardShape({
  name,
  source,
  counts,
  statistics,
  dropped,
  options,
  seed,
}: DatasetCard): CardPair[] {
  const { min, q05, q25, median, q75, q95, max } = statistics.historyLength
  const filters = Object.entries(dropped ?? {}).filter(([, interactions]) => interactions > 0)
  return [
    ['data set', `${name} (source ${source})`],
    ['users', formatCount(counts.users)],
    ['items', formatCount(counts.items)],
    ['interactions', formatCount(counts.interactions)],
    ['density', formatFixed(statistics.density, 5)],
    [
      'history length',
      `min ${min}, 5 % ${q05}, 25 % ${q25}, median ${median}, 75 % ${q75}, 95 % ${q95}, max ${max}`,
    ],
    ['tied interactions', formatPercent(statistics.tieRate)],
    ['users with a tied last item', formatPercent(statistics.lastItemTiedShare)],
    ['training newer than test target', formatPercent(statistics.trainingNewerThanTarget)],
    ...when(filters.length > 0, [
      'interactions dropped',
      filters.map(([filter, interactions]) => `${filter} ${formatCount(interactions)}`).join(', '),
    ]),
    ['options', Object.entries(options).map(optionText).join(', ')],
    ['seed', seed],
  ]
}

/** Rows of the table of splits: its name, then the sizes of training, validation and test part. */
export function splitRows({ splits, candidates }: DatasetCard): string[][] {
  const { leaveOneOut, globalTime, userGroups } = splits
  const parts = (sizes: typeof leaveOneOut.sizes): string[] =>
    sizes === null
      ? ['-', '-', '-']
      : [sizes.train, sizes.validation, sizes.test].map(
          ({ users, interactions }) => `${formatCount(interactions)} (${formatCount(users)} users)`,
        )
  const { defence, attackTrain, attackValidation, attackTest } = userGroups.users
  const drawn =
    candidates === null
      ? '-'
      : `${candidates.perUser} per user` +
        (candidates.usersWithFewer === 0 ? '' : `,\nfewer for ${formatCount(candidates.usersWithFewer)}`)
  return [
    ['leave-one-out', ...parts(leaveOneOut.sizes)],
    ['- uniform candidates', '-', drawn, drawn],
    ['global-time', ...parts(globalTime?.sizes ?? null)],
    [
      'users, for attacks',
      `defence ${formatCount(defence)},\nattack-train ${formatCount(attackTrain)}`,
      `attack-validation ${formatCount(attackValidation)}`,
      `attack-test ${formatCount(attackTest)}`,
    ],
  ]
}

/** Where the data comes from, and the hashes by which it is known again. */
export function cardOrigin(card: DatasetCard): CardPair[] {
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
    ...card.sourceFiles.map(({ name, sha256, asPublished }): CardPair => [
      `read ${name}`,
      `${sha256}${asPublished === true ? ' (as published)' : ''}`,
    ]),
    ...hashes.flatMap(([name, sha256]) => when(sha256 !== null, [name, sha256 ?? ''])),
    ['made by', `veilrec ${card.veilrecVersion}, format ${card.formatVersion}`],
    ['licence', card.licence.notice],
    ...when(card.licence.page !== undefined, ['publisher', card.licence.page ?? '']),
  ]
}

function when(condition: boolean, pair: CardPair): CardPair[] {
  return condition ? [pair] : []
}

/** An option that is a structure, such as a mapping, is in `dataset.json` and in `--json`. */
function optionText([key, value]: readonly [string, unknown]): string {
  if (typeof value === 'object') return `${key} (see --json)`
  return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

/** Seconds since 1970 as date and time. */
function utc(seconds: number): string {
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'UTC',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  return `${format.format(seconds * 1000)} UTC`
}
