// The committed audits of MovieLens-1M as tables: what can be told of the bare recommender, and what a veil changes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

const folder = join(root, 'bench', 'results')

/** What every attack finds in the bare recommenders and in the data itself. */
export function baseAuditTable() {
  const records = audits()
  const rows = records.flatMap(({ command, results: { audit } }) => {
    const [{ accuracy, attacks }] = audit.rows
    const ndcg = digits(accuracy.all['ndcg@10'].value, 4)
    return attacks.map(({ attribute, vectors, unmaskedList, servedList }, place) => [
      place === 0 ? audit.model : '',
      place === 0 ? ndcg : '',
      attribute,
      withInterval(vectors),
      vectors.attacker,
      withInterval(unmaskedList),
      withInterval(servedList),
      withInterval(audit.controls.popularityFloor[place]),
      withInterval(audit.controls.itemHistogram[place]),
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

/** What each veil leaves to be told, and what it costs. */
export function veilAuditTable() {
  const rows = audits().flatMap(({ command, results: { audit } }) => {
    const [base, ...veiled] = audit.rows
    const bare = base.accuracy.all['ndcg@10'].value
    return veiled.map(({ veil, requirement, accuracy, worstHidden, attacks }) => {
      const { value, interval } = accuracy.all.change
      const percent = (x) => `${digits((100 * x) / bare, 1)} %`
      const kept = attacks
        .filter(({ hidden }) => !hidden)
        .map(({ attribute, vectors }) => {
          const before = base.attacks.find((one) => one.attribute === attribute).vectors.auc
          return `${attribute} ${digits(vectors.auc)} (${digits(before)})`
        })
      return [
        `${veil} on ${audit.model}`,
        requirement.join(', '),
        `${digits(accuracy.all['ndcg@10'].value, 4)}, ${percent(value)} [${percent(interval.lower)}, ${percent(interval.upper)}]`,
        worstHidden === null ? '' : `${worstHidden.attribute} ${withInterval(worstHidden)}`,
        [worstHidden === null ? [] : [sources[worstHidden.evidence]], unmeasured(attacks)].flat().join('; '),
        kept.join(', '),
        `\`${command}\``,
      ]
    })
  })
  return table(
    [
      'veil',
      'hides',
      'NDCG@10 and change [95 %]',
      'worst hidden: AUC [95 %]',
      'from',
      'kept: AUC from the vector (bare)',
      'command',
    ],
    rows,
  )
}

/** Attacks on hidden attributes that have no figure, such as those whose probe was dead: they are not "at chance". */
function unmeasured(attacks) {
  return attacks
    .filter(({ hidden }) => hidden)
    .flatMap((one) =>
      Object.keys(sources)
        .filter((evidence) => one[evidence].auc === null)
        .map(
          (evidence) => `${one.attribute} from ${sources[evidence]} has no figure (${one[evidence].state})`,
        ),
    )
}

const sources = { vectors: 'the vector', unmaskedList: 'the top 50' }

function audits() {
  return readdirSync(folder)
    .filter((name) => /^ml-1m-audit-.*\.json$/.test(name))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

function withInterval({ auc, interval }) {
  return auc === null
    ? 'not measured'
    : `${digits(auc)} [${digits(interval.lower)}, ${digits(interval.upper)}]`
}

function digits(value, count = 3) {
  return value.toFixed(count)
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
