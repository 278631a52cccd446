// The committed audits of MovieLens-1M as tables: what can be told of the bare recommender, and what each veil changes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { veilMethods } from '@veilrec/lab'

import { root } from './process.mjs'

const folder = join(root, 'bench', 'results')

/** What the headline attack sees; see `worstHidden` of an audit. */
const sources = { vectors: 'the vector', unmaskedList: 'the top 50' }

/** What every attack finds in the bare recommenders and in the data itself, each recommender once. */
export function baseAuditTable(records = audits()) {
  // Audits of several veils on one run have the same base; the one that attacked it itself comes first.
  const own = records.toSorted((a, b) => cellsReused(a) - cellsReused(b))
  const first = own.filter((record, i) => own.findIndex((other) => isSameBase(other, record)) === i)
  const rows = first.sort(byModel).flatMap(({ command, results: { audit } }) => {
    const [{ accuracy, attacks }] = audit.rows
    const control = (kind, attribute) =>
      audit.controls[kind].find((one) => one.attribute === attribute) ?? null
    return attacks.map(({ attribute, vectors, unmaskedList, servedList }, place) => [
      place === 0 ? audit.model : '',
      place === 0 ? digits(accuracy.all['ndcg@10'].value, 4) : '',
      attribute,
      withInterval(vectors),
      vectors.attacker ?? '',
      withInterval(unmaskedList),
      withInterval(servedList),
      withInterval(control('popularityFloor', attribute)),
      withInterval(control('itemHistogram', attribute)),
      place === 0 ? `\`${command}\`` : '',
    ])
  })
  return table(
    [
      'recommender',
      'NDCG@10',
      'attribute',
      'AUC from the vector [95 %]',
      'best attacker',
      'from the top 50',
      'from the 50 served',
      'floor of the served',
      'from the history',
      'command',
    ],
    rows,
  )
}

/**
 * The veils side by side, a block of rows for each requirement: what each leaves to be told, who tells it, and what it costs.
 * Bold in a block of several veils: the lowest worst AUC, and the smallest loss of accuracy. A veil that has an attack without a
 * figure is out of the running for the first.
 */
export function veilAuditTable(records = audits()) {
  const veiled = records.filter(({ results }) => results.audit.veils.length > 0)
  const bases = veiled.filter((record, i) => veiled.findIndex((other) => isSameBase(other, record)) === i)
  const entries = veiled.flatMap((record) => entriesOf(record, bases.length > 1))
  const hidden = [...new Set(entries.map(({ hides }) => hides))].sort(
    (a, b) => a.split(', ').length - b.split(', ').length || (a < b ? -1 : 1),
  )
  const rows = hidden.flatMap((hides) => blockOf(entries.filter((entry) => entry.hides === hides)))
  return [
    table(
      [
        'hides',
        'veil',
        'NDCG@10',
        'change [95 %]',
        'worst hidden attribute: AUC [95 %]',
        'told by',
        'kept: AUC from the vector (bare)',
      ],
      rows,
    ),
    '',
    `Bold, where there are several veils to compare: the lowest worst AUC, and the smallest loss; where intervals overlap, that is no proof. ${originOf(veiled)}${missingFrom(veiled)}`,
  ].join('\n')
}

/** One entry for each requirement of each veil of an audit, and one for the base under it. */
function entriesOf({ results: { audit } }, isSeveral) {
  const [base, ...rows] = audit.rows
  const bare = base.accuracy.all['ndcg@10'].value
  const suffix = isSeveral ? ` on ${audit.model} (${audit.run})` : ''
  return rows.flatMap(({ veil, requirement, accuracy, worstHidden, attacks }) => {
    const hides = requirement.join(', ')
    const common = { hides, base: `${audit.model} ${audit.run} ${digits(bare, 4)}` }
    const asked = base.attacks.filter(({ attribute }) => requirement.includes(attribute))
    const ownAttacks = attacks.filter(({ hidden }) => hidden)
    return [
      {
        ...common,
        veil: null,
        name: `none${suffix}`,
        ndcg: bare,
        change: null,
        worst: worstOf(asked),
        missing: [],
        kept: '',
      },
      {
        ...common,
        veil,
        name: `${veil}${suffix}`,
        ndcg: accuracy.all['ndcg@10'].value,
        change: relative(accuracy.all.change, bare),
        worst: worstHidden === null ? null : worstOf(ownAttacks),
        missing: unmeasured(ownAttacks),
        kept: attacks
          .filter(({ hidden }) => !hidden)
          .map(({ attribute, vectors }) => {
            const before = base.attacks.find((one) => one.attribute === attribute)?.vectors.auc ?? null
            return `${attribute} ${digits(vectors.auc)} (${digits(before)})`
          })
          .join(', '),
      },
    ]
  })
}

/** The rows of one requirement: each base, then its veils, the lowest worst AUC first, and last those with attacks without a figure. */
function blockOf(entries) {
  const bases = [...new Set(entries.map(({ base }) => base))]
  const rows = bases.flatMap((base) => {
    const own = entries.filter((entry) => entry.base === base)
    const bare = own.find(({ veil }) => veil === null)
    const veils = own
      .filter(({ veil }) => veil !== null)
      .toSorted((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1))
    const eligible = veils.filter(({ worst, missing }) => worst !== null && missing.length === 0)
    const lowest = Math.min(...eligible.map(({ worst }) => worst.auc))
    const smallest = Math.max(...veils.map(({ change }) => change.value))
    return [bare, ...veils].map((entry) => {
      const { name, ndcg, change, worst, missing, kept } = entry
      const isCompared = veils.length > 1
      const isLowest = isCompared && eligible.includes(entry) && worst.auc === lowest
      const notes = [
        ...(worst === null ? [] : [`${worst.attacker} from ${sources[worst.evidence]}`]),
        ...missing,
      ]
      return [
        name,
        digits(ndcg, 4),
        change === null ? '' : bold(change.text, isCompared && change.value === smallest),
        worst === null
          ? 'no figure'
          : `${worst.attribute} ${bold(withInterval(worst), isLowest)}${verdict(entry)}`,
        notes.join('; '),
        kept,
      ]
    })
  })
  return rows.map((cells, i) => [i === 0 ? entries[0].hides : '', ...cells])
}

function place({ worst, missing }) {
  return (worst?.auc ?? 1) + (missing.length > 0 ? 1 : 0)
}

function verdict({ veil, worst, missing }) {
  return veil !== null && worst.atChance && missing.length === 0 ? ', at chance' : ''
}

/** The attack with the highest AUC, from vectors or unmasked list; null where none has a figure. */
function worstOf(attacks) {
  const found = attacks.flatMap((one) =>
    Object.keys(sources)
      .map((evidence) => ({ ...one[evidence], attribute: one.attribute, evidence }))
      .filter(({ auc }) => typeof auc === 'number'),
  )
  return found.length === 0 ? null : found.reduce((a, b) => (b.auc > a.auc ? b : a))
}

/** Attacks that have no figure, such as those whose probe was dead: they are not "at chance". */
function unmeasured(attacks) {
  return attacks.flatMap((one) =>
    Object.keys(sources)
      .filter((evidence) => typeof one[evidence]?.auc !== 'number')
      .map(
        (evidence) =>
          `${one.attribute} from ${sources[evidence]} has no figure (${one[evidence]?.state ?? 'not attacked'})`,
      ),
  )
}

function relative({ value, interval: { lower, upper } }, bare) {
  const percent = (x) => `${digits((100 * x) / bare, 1)} %`
  return { value: value / bare, text: `${percent(value)} [${percent(lower)}, ${percent(upper)}]` }
}

function originOf(records) {
  const parts = records.map(
    ({ command, results: { audit } }) => `${audit.veils.map(({ id }) => id).join(', ')} by \`${command}\``,
  )
  return records.length === 0 ? '' : `Measured: ${parts.join('; ')}.`
}

/** Silence about a method is not a result. */
function missingFrom(records) {
  const there = new Set(records.flatMap(({ results }) => results.audit.veils.map(({ method }) => method)))
  const missing = veilMethods.filter((method) => !there.has(method))
  return missing.length === 0 ? '' : ` Not audited here yet: ${missing.join(', ')}.`
}

function cellsReused({ results: { audit } }) {
  return audit.cells.reused
}

/** One training: the name alone may have been given twice. */
function isSameBase(a, b) {
  const key = ({ results: { audit } }) => {
    const ndcg = audit.rows[0].accuracy.all['ndcg@10'].value
    return `${audit.model} ${audit.run} ${audit.configHash} ${digits(ndcg, 5)}`
  }
  return key(a) === key(b)
}

function byModel(a, b) {
  return a.results.audit.model < b.results.audit.model ? -1 : 1
}

function audits() {
  return readdirSync(folder)
    .filter((name) => /^ml-1m-audit-.*\.json$/.test(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

function withInterval(attack) {
  if (attack === null) return 'not attacked'
  const { auc, interval } = attack
  return typeof auc === 'number' && interval
    ? `${digits(auc)} [${digits(interval.lower)}, ${digits(interval.upper)}]`
    : 'no figure'
}

function bold(text, isBest) {
  return isBest ? `**${text}**` : text
}

function digits(value, count = 3) {
  return typeof value === 'number' ? value.toFixed(count) : 'no figure'
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
