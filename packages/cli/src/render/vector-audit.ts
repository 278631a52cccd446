import { checkLines, type LeakVerdict, type VectorAttack, type VectorAuditResult } from '@veilrec/lab'

import { count, fixed, percent, withInterval } from './numbers.js'
import { renderTable, type Cell } from './table.js'

const verdicts: Readonly<Record<LeakVerdict, string>> = {
  'can-be-told': 'can be told',
  'at-chance': 'at chance',
  undecided: 'undecided',
  'not-measured': 'not measured',
}

/** An audit of user vectors for a person: what can be told, by which attacker, whether to trust it, and what to know. */
export function renderVectorAudit(result: VectorAuditResult): string {
  const { vectors, users, groups, attackers, validity, notes, notAttacked, threatsToValidity } = result
  const attacks = Object.values(result.attributes)
  const trained = [
    ...(groups.defence === 0 ? [] : [`${count(groups.defence)} defence users`]),
    `${count(groups.attackTrain)} ${groups.defence === 0 ? 'users' : 'others'}`,
  ]
  return [
    `audit of ${vectors.file}: ${count(users.audited)} users, ${count(vectors.dimension)} numbers each`,
    `attackers trained on ${trained.join(' and on ')}, chosen on ${count(groups.attackValidation)}, ` +
      `tested on ${count(groups.attackTest)} whom they never saw`,
    renderTable(
      ['attribute', 'attack AUC [95 %]', 'verdict', 'best attacker', 'guessed right', 'largest class'],
      attacks.map((attack) => attackCells(attack)),
    ),
    `AUC 0.5 is guessing, 1 is certainty. "At chance": the upper bound is below ${result.chanceMargin}. ` +
      '"Undecided": too few users to say.',
    '"Guessed right" is the share of users whose most probable class is right; naming the largest class always gets the last column.',
    renderTable(
      ['AUC by attacker', ...attackers],
      attacks.map((attack) => [
        attack.attribute,
        ...attackers.map((kind) => fixed(attack.attackers[kind]?.auc ?? null, 3)),
      ]),
    ),
    '',
    'Can the measurement be trusted?',
    ...checkLines(validity).map((line) => `- ${line}`),
    'Notes:',
    ...notes.map((line) => `- ${line}`),
    'Not attacked:',
    ...notAttacked.map((line) => `- ${line}`),
    'Threats to validity:',
    ...threatsToValidity.map((line) => `- ${line}`),
  ].join('\n')
}

function attackCells(attack: VectorAttack): Cell[] {
  const { attribute, auc, interval, verdict, attacker, microF1, majority } = attack
  return [
    attribute,
    withInterval(auc, interval, 3),
    verdicts[verdict],
    attacker ?? '-',
    percent(microF1),
    percent(majority),
  ]
}
