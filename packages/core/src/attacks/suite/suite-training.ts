import { VeilrecError } from '../../errors/veilrec-error.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import type { Rng } from '../../random.js'
import type {
  AttackContext,
  AttackerFit,
  AttackerKind,
  AttackProblem,
  FittedAttacker,
  LabelledUsers,
} from '../attacker.js'
import { pause } from './suite-pause.js'
import type { AttackSource } from './suite-result.js'

/** Tuning budget of evaluation.md rule 7. */
const mostConfigurations = 6

/** Where and on whom a kind is trained and measured. */
export interface SuiteTask {
  readonly trainedOn: AttackSource
  readonly problem: AttackProblem
  readonly test: LabelledUsers
  readonly context: AttackContext
}

/** A kind with its chosen configuration, trained with every seed. */
export interface TrainedKind {
  readonly kind: AttackerKind
  readonly config: unknown
  /** Mean over the seeds. */
  readonly validationAuc: number
  /** Per seed `[test users, numClasses]`. */
  readonly probabilities: readonly Float64Array[]
  /** Per seed. */
  readonly testAucs: readonly number[]
}

/**
 * Tunes a kind on validation AUC with the first seed and trains the chosen configuration with all seeds
 * (evaluation.md rule 7); test users are asked only of the attackers that are kept.
 *
 * A deterministic kind is trained once. On ties the earlier configuration wins.
 *
 * @param rng not advanced; seed s draws from its own stream.
 */
export async function trainKind(
  kind: AttackerKind,
  task: SuiteTask,
  seeds: number,
  rng: Rng,
): Promise<TrainedKind> {
  const { problem, test, context } = task
  const { configurations } = kind
  if (configurations.length === 0 || configurations.length > mostConfigurations) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${kind.name} has ${configurations.length} configurations, the budget is 1 to ${mostConfigurations}`,
      { kind: kind.name, configurations: configurations.length },
    )
  }
  const first = rng.split('seed 0')
  const tuned = await fitAll(
    kind,
    task,
    configurations.map((config) => ({ config, rng: first })),
  )
  let best = 0
  const tunedAucs: number[] = []
  for (const [i, fitted] of tuned.entries()) {
    tunedAucs.push(await aucOf(fitted, problem.validation, problem.numClasses))
    if (tunedAucs[i]! > tunedAucs[best]!) best = i
  }
  const config = configurations[best]
  const more = Array.from({ length: kind.isRandom ? seeds - 1 : 0 }, (_, s) => ({
    config,
    rng: rng.split(`seed ${s + 1}`),
  }))
  const attackers = [tuned[best]!, ...(more.length > 0 ? await fitAll(kind, task, more) : [])]
  let validationAuc = tunedAucs[best]! / attackers.length
  const probabilities: Float64Array[] = []
  for (const [seed, attacker] of attackers.entries()) {
    await pause(context.signal)
    if (seed > 0) {
      validationAuc += (await aucOf(attacker, problem.validation, problem.numClasses)) / attackers.length
    }
    probabilities.push(await attacker.predict(test.users))
  }
  const testAucs = probabilities.map((p) => macroRocAuc(p, test.labels, problem.numClasses).auc.value!)
  return { kind, config, validationAuc, probabilities, testAucs }
}

/** Trains again with given settings and returns what each says of the test users. */
export async function retrain(
  kind: AttackerKind,
  task: SuiteTask,
  fits: readonly AttackerFit[],
): Promise<Float64Array[]> {
  const probabilities: Float64Array[] = []
  for (const attacker of await fitAll(kind, task, fits)) {
    await pause(task.context.signal)
    probabilities.push(await attacker.predict(task.test.users))
  }
  return probabilities
}

async function fitAll(
  kind: AttackerKind,
  { problem, context }: SuiteTask,
  fits: readonly AttackerFit[],
): Promise<readonly FittedAttacker[]> {
  await pause(context.signal)
  const fitted = await kind.fit(problem, fits, context)
  if (fitted.length !== fits.length) {
    throw new VeilrecError('INTERNAL', `${kind.name} returned ${fitted.length} of ${fits.length} attackers`, {
      kind: kind.name,
    })
  }
  return fitted
}

async function aucOf(attacker: FittedAttacker, who: LabelledUsers, numClasses: number): Promise<number> {
  const probabilities = await attacker.predict(who.users)
  return macroRocAuc(probabilities, who.labels, numClasses).auc.value!
}
