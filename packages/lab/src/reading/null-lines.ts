import { formatFixed, type PermutationNull } from '@veilrec/core'

import type { AuditNull } from '../audit/audit-result.js'
import { requirementName } from './requirement-name.js'

/** The worst cell of the audit beside what as many cells show when there is nothing to tell. */
export function nullLines({ cells, oneRegression, chosenAttacker }: AuditNull): string[] {
  if (cells === 0) return ['nothing that a veil hides was attacked']
  const { reported, sameAttacker } = oneRegression
  return [
    `${distribution(oneRegression)}, the largest of ${cells} cells by one logistic regression`,
    ...(reported === null
      ? ['no cell has a figure to compare with it']
      : [
          `worst cell ${reported.name}: AUC ${formatFixed(reported.auc, 3)}, p = ${formatFixed(reported.pValue, 3)}` +
            (sameAttacker === null
              ? ''
              : `; by the shuffled regression itself AUC ${formatFixed(sameAttacker.auc, 3)}, p = ${formatFixed(sameAttacker.pValue, 3)}`),
        ]),
    ...(chosenAttacker.maxima.length === 0
      ? []
      : [
          `${distribution(chosenAttacker)}, the chosen attackers of ${requirementName(chosenAttacker)}` +
            (chosenAttacker.reported === null
              ? ''
              : `: AUC ${formatFixed(chosenAttacker.reported.auc, 3)}, p = ${formatFixed(chosenAttacker.reported.pValue, 3)}`),
        ]),
  ]
}

function distribution({ shuffles, maxima }: Pick<PermutationNull, 'shuffles' | 'maxima'>): string {
  const at = (share: number): number | null => maxima[Math.ceil(share * maxima.length) - 1] ?? null
  return `${shuffles} shuffles: median ${formatFixed(at(0.5), 3)}, 95 % below ${formatFixed(at(0.95), 3)}`
}
