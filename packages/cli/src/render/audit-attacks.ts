import {
  attackerName,
  type AuditedAttribute,
  type AuditResult,
  type JudgedAttack,
  type SeenAttack,
} from '@veilrec/lab'

import { cut, rowLabel, stateWord, type LabelledRow } from './audit-rows.js'
import { fixed, withInterval } from './numbers.js'
import { renderPlainTable, type Cell } from './table.js'

/** What every row tells of every attribute, by what the attacker sees. */
export function attackTable(rows: readonly LabelledRow[]): string {
  const attributes = rows[0]?.row.attacks.map(({ attribute }) => attribute) ?? []
  return renderPlainTable(
    ['AUC [95 %]', '', 'from vectors', 'from the unmasked list', 'from the list as served'],
    attributes.flatMap((attribute) => [
      { heading: cut(attribute, 100) },
      ...rows.flatMap((labelled) => {
        // Behind a veil a quick audit has only what is hidden.
        const attack = labelled.row.attacks.find((one) => one.attribute === attribute)
        return attack === undefined
          ? []
          : [[rowLabel(labelled), attack.hidden ? 'hidden' : '', ...threeCells(attack)]]
      }),
    ]),
  )
}

function threeCells(attack: AuditedAttribute): Cell[] {
  return (['vectors', 'unmaskedList', 'servedList'] as const).map((evidence) => aucCell(attack[evidence]))
}

/** The AUC; the state where an attack gave none, a dash where there was no attack. */
function aucCell(attack: JudgedAttack | null): string {
  if (attack === null) return '-'
  return attack.auc === null ? attack.state : withInterval(attack.auc, attack.interval, 3)
}

/**
 * The attack that decides on each hidden attribute, on every attribute of the base: who made it, and its own controls
 * and chance lines.
 */
export function decisiveTable(rows: readonly LabelledRow[]): string {
  return renderPlainTable(
    [
      '',
      'attribute',
      'from',
      'attacker',
      'trained\non',
      'balanced\n/chance',
      'right\n/largest',
      'sd seeds\n/users',
      'shuffled\nlabels',
      'planted\nsignal',
      'state',
    ],
    rows.flatMap(({ key, leaks }) =>
      leaks.map(({ attribute, decisive }) => [key, cut(attribute, 10), ...decisiveCells(decisive)]),
    ),
  )
}

function decisiveCells({ evidence, attack }: SeenAttack): Cell[] {
  const { attacker, attackers, trainedOn, balancedAccuracy, balancedAccuracyChance, microF1, majority } =
    attack
  // The kind's own line may be of its other training, where that is the worse one.
  const reported = trainedOn === null ? undefined : attackers[attacker ?? '']?.byGroup[trainedOn]
  return [
    evidence === 'vectors' ? 'vectors' : 'list',
    attackerName(attacker),
    trainedOn === null ? '-' : trainedOn === 'defence' ? 'defence' : 'others',
    beside(balancedAccuracy, balancedAccuracyChance),
    beside(microF1, majority),
    beside(reported?.seedDeviation ?? null, reported?.userDeviation ?? null),
    fixed(attack.shuffledLabelAuc, 3),
    fixed(attack.plantedSignalAuc, 3),
    stateWord(attack.state),
  ]
}

function beside(value: number | null, reference: number | null): string {
  return value === null && reference === null ? '-' : `${fixed(value, 3)}/${fixed(reference, 3)}`
}

/** What the data gives away without any recommender, by attribute; undefined where no control was run. */
export function controlTable({ controls }: AuditResult): string | undefined {
  const kinds = [controls.itemHistogram, controls.popularityFloor]
  const attributes = [...new Set(kinds.flatMap((attacks) => attacks.map(({ attribute }) => attribute)))]
  if (attributes.length === 0) return undefined
  return renderPlainTable(
    ['attribute, AUC [95 %]', 'from the known items themselves', 'from the most popular unknown items'],
    attributes.map((attribute) => [
      cut(attribute, 23),
      ...kinds.map((attacks) => aucCell(attacks.find((one) => one.attribute === attribute) ?? null)),
    ]),
  )
}
