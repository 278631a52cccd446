import { VeilrecError } from '../../errors/veilrec-error.js'
import { mean } from '../../statistics/interval.js'
import type { AttackerKind } from '../attacker.js'
import { isDead, plantedSignalAuc, plantTask } from './dead-probe.js'
import { attackGroup, type AttackedGroup } from './suite-group.js'
import { attackersByName, nothingToAttack, reportedFigures, testFigures } from './suite-report.js'
import type { AttackSource, AttackSuiteInput, AttackSuiteResult } from './suite-result.js'
import { shuffledLabelAucs } from './suite-shuffle.js'
import { checkEvidence, hasTwoClasses, labelledUsers } from './suite-users.js'

const attackSources: readonly AttackSource[] = ['defence', 'attackTrain']

const defaultSeeds = 5
const defaultResamples = 1000
const defaultShuffles = 4

/**
 * Can anyone tell the attribute of unseen users from what is known of them? (evaluation.md rules 5 and 7 to 9)
 *
 * Every kind of attacker is trained twice, on defence users and on attack-train users, each time tuned on the AUC of
 * attack-validation users and then trained with all seeds. In each group the kind with the best mean validation AUC
 * is measured on attack-test users, and of the two groups the higher test AUC counts: a maximum of two, a little too
 * high at chance and to the veil's disadvantage. Users without a value are left out everywhere; AUC is on
 * probabilities and never folded.
 *
 * The reported attacker is trained again on shuffled labels and on a planted signal. One that does not find the signal
 * cannot vouch for silence, so the next kind by validation AUC of the same group is asked, until one is alive. Of those
 * asked the highest test AUC is reported, for what a dead attacker did find is found nevertheless; only when no kind is
 * alive the row is null (our reading of rule 9 for several kinds at once).
 *
 * @returns `state: 'undefined'` with a reason when training, validation or test users hold fewer than two classes; one
 * training group with fewer than two classes is passed over.
 * @throws VeilrecError `INVALID_ARGUMENT` when sizes do not fit, no kind is for this evidence, two kinds have one
 * name, or a count is not a positive whole number; `NOT_FINITE` naming a user with NaN in the vector; `ABORTED`.
 * @example
 * const { auc, interval, attackers } = await attackSuite({ evidence, attribute, userGroup, kinds, rng, context })
 */
export async function attackSuite(input: AttackSuiteInput): Promise<AttackSuiteResult> {
  const { evidence, attribute, userGroup, rng, context, seeds = defaultSeeds, options = {} } = input
  const { resamples = defaultResamples, shuffles = defaultShuffles, onProgress } = options
  checkCounts({ seeds, resamples, shuffles })
  checkEvidence(evidence, attribute, userGroup)
  const kinds = kindsFor(input)
  const numClasses = attribute.classes.length
  const test = labelledUsers(attribute, userGroup, 'attackTest')
  const validation = labelledUsers(attribute, userGroup, 'attackValidation')
  const nothing = (where: string): AttackSuiteResult =>
    nothingToAttack(input, test, seeds, `${where} hold fewer than two classes of ${attribute.name}`)
  if (!hasTwoClasses(test) || !hasTwoClasses(validation)) return nothing('validation or test users')
  const tasks = attackSources.flatMap((trainedOn) => {
    const training = labelledUsers(attribute, userGroup, trainedOn)
    if (!hasTwoClasses(training)) return []
    return [{ trainedOn, problem: { evidence, numClasses, training, validation }, test, context }]
  })
  if (tasks.length === 0) return nothing('training users')

  const total = tasks.length * kinds.length + 2
  let done = 0
  const step = (stage: string): void => onProgress?.({ stage, done: done++, total })
  const groups: AttackedGroup[] = []
  for (const task of tasks) {
    const onKind = (name: string): void => step(`${name} on ${task.trainedOn}`)
    groups.push(await attackGroup(task, { kinds, seeds, resamples, rng, onKind }))
  }
  const worst = groups.reduce((a, b) => (chosenAuc(b) > chosenAuc(a) ? b : a))

  step('planted signal')
  const planted = await askUntilAlive(worst, input)
  const asked = [...planted.keys()]
  const alive = asked.find((place) => !isDead(planted.get(place)!))
  const reported = asked.reduce((a, b) => (worst.figures[b]!.auc > worst.figures[a]!.auc ? b : a))
  step('shuffled labels')
  const { kind, config } = worst.trained[reported]!
  const shuffled = await shuffledLabelAucs(kind, config, worst.task, shuffles, rng.split('shuffle'))
  const vouching = planted.get(alive ?? asked[0]!)!
  return {
    ...testFigures(input, test, seeds),
    ...reportedFigures(worst, reported),
    ...(alive === undefined ? deadRow(vouching) : {}),
    shuffledLabelAuc: mean(shuffled),
    plantedSignalAuc: vouching,
    attackers: attackersByName(groups, worst, planted),
  }
}

/** Planted-signal AUC by place of the kinds asked, the best on validation first and the first living one last. */
async function askUntilAlive(
  { task, trained, byValidation }: AttackedGroup,
  { attribute, userGroup, rng }: AttackSuiteInput,
): Promise<Map<number, number | null>> {
  const found = new Map<number, number | null>()
  const plantedTask = plantTask(task, attribute, userGroup, rng.split('planted'))
  for (const place of byValidation) {
    const { kind, config } = trained[place]!
    const auc = await plantedSignalAuc(plantedTask, kind, config, rng.split(`planted/${kind.name}`))
    found.set(place, auc)
    // Without users on both sides of the signal another kind would not be measured either.
    if (auc === null || !isDead(auc)) break
  }
  return found
}

function chosenAuc({ figures, byValidation }: AttackedGroup): number {
  return figures[byValidation[0]!]!.auc
}

function deadRow(
  found: number | null,
): Pick<AttackSuiteResult, 'state' | 'reason' | 'auc' | 'interval' | 'largeClassAuc'> {
  const how = found === null ? 'could not be scored' : `was found with ${found.toFixed(3)}`
  return {
    state: 'dead',
    reason: `dead probe: a planted signal of AUC 0.75 ${how}`,
    auc: null,
    interval: null,
    largeClassAuc: null,
  }
}

function kindsFor({ kinds, evidence }: AttackSuiteInput): readonly AttackerKind[] {
  const fitting = kinds.filter((kind) => kind.evidence === evidence.kind)
  if (fitting.length === 0 || new Set(fitting.map(({ name }) => name)).size < fitting.length) {
    const names = fitting.map(({ name }) => name)
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `an attack on ${evidence.kind} needs attackers of different names for them, got ${names.join(', ') || 'none'}`,
      { evidence: evidence.kind, kinds: names },
    )
  }
  return fitting
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 1) continue
    throw new VeilrecError('INVALID_ARGUMENT', `${name} must be a positive whole number, got ${count}`, {
      [name]: count,
    })
  }
}
