import type { TrainingRecord, VeilManifest, VeilResult } from '@veilrec/lab'

import { duration, fixed } from './numbers.js'
import { renderTable } from './table.js'

/** A veil that was just made: what it hides, how large it is, how its training went and what to type next. */
export function renderVeil({ manifest, folder, seconds }: VeilResult): string {
  const { id, run, parameters, training } = manifest
  return [
    `veil ${id} on ${run}: hides ${hidden(manifest)}; made in ${duration(seconds)}, ${parameters} numbers`,
    ...(training === undefined ? [] : [renderTraining(training), '']),
    `stored in ${folder}`,
    '',
    `Next: veilrec audit ${run}`,
  ].join('\n')
}

/** A veil that was trained along with its recommender: what it hides, how large it is, how its training went. */
export function renderJointVeil(manifest: VeilManifest): string {
  const { id, parameters, training = [] } = manifest
  const what = `veil ${id}, trained along: hides ${hidden(manifest)}; ${parameters} numbers`
  return [what, renderTraining(training)].join('\n')
}

function hidden({ attributes, requirements }: VeilManifest): string {
  const names = attributes.join(', ')
  return requirements.length === 1 ? names : `any of ${names} (${requirements.length} requirements)`
}

function renderTraining(training: readonly TrainingRecord[]): string {
  const rows = training.map(({ name, epochs, bestEpoch, judgements, seconds }) => {
    const kept = judgements[bestEpoch - 1]
    const worst = kept === undefined ? '-' : fixed(kept.worstAuc, 3)
    return [
      name,
      duration(seconds),
      `${bestEpoch} of ${epochs}`,
      kept === undefined ? '-' : fixed(kept.ndcg, 4),
      worst,
    ]
  })
  return [
    renderTable(
      ['trained', 'time', 'kept epoch', 'validation NDCG@10', 'worst hidden AUC of a small probe'],
      rows,
    ),
    'The probe only compares epochs; what a real attacker finds is for the audit to say.',
  ].join('\n')
}
