import { htmlTable } from '../data-table.js'
import { element, type Markup } from '../markup.js'

const words = [
  [
    'AUC',
    'Area under the ROC curve of an attacker: how often it ranks a user of a class above a user of another. 0.5 is guessing, 1 is certainty; for more than two classes the mean over classes.',
  ],
  ['requirement', 'The attributes that a request asks to be hidden.'],
  ['veil', 'What makes user vectors stop telling the attributes of a requirement.'],
  [
    'attacker',
    'A classifier trained from scratch, afterwards, on users whose labels it is given, and measured on users it has never seen. The figure is of the one that was best on validation users, and of the worse of two trainings.',
  ],
  [
    'from vectors, from the unmasked list, from the list as served',
    'What the attacker sees: the vector that scores items; the 50 best items; the 50 best that the user has not had, which tell what was seen by what is missing.',
  ],
  [
    'NDCG@10',
    'Accuracy over the whole catalogue: 1 if the next item stands first, less the lower it stands, 0 below the tenth place.',
  ],
  [
    'interval',
    '95 %. Of an AUC over test users and trainings of the attacker together, of accuracy over users. The variance between trainings of the recommender is in none.',
  ],
  [
    'knee',
    'The point of the Pareto front furthest above the line between its ends, both axes scaled to the front.',
  ],
  ['hypervolume', 'Share of leakage above chance that is removed, times share of accuracy that is kept.'],
  [
    'noise floor',
    'The gap that groups of these sizes show, 95 % of the time at most, when all are served alike.',
  ],
] as const

/** What the words of a report mean; nothing where no figure needs them. */
export function readingGuide(hasAudit: boolean): Markup {
  return element(
    'section',
    { 'aria-labelledby': 'reading' },
    element('h2', { id: 'reading' }, 'How to read this'),
    hasAudit
      ? htmlTable({ caption: 'Words', head: ['word', 'meaning'], groups: [{ rows: words }] })
      : element('p', {}, 'NDCG@10 is accuracy over the whole catalogue; the interval is 95 % over users.'),
  )
}
