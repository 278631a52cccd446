import { Rng, VeilrecError, type OptimizerState, type ParameterStore } from '@veilrec/core'
import { readSafetensors, writeSafetensors, type StoredTensor } from '@veilrec/runtime'
import { z } from 'zod'

import { exists, storedRngState } from '../checkpoint.js'
import { judgementSchema } from './training-record.js'

const rngState = z.array(z.int()).length(4)

const gameStateSchema = z.strictObject({
  formatVersion: z.literal(1),
  identity: z.string(),
  /** Epochs that are over and judged. */
  epoch: z.int().min(0),
  /** Rounds of the next one that are done. */
  round: z.int().min(0),
  /** Updates done and random streams, by player. */
  players: z.record(
    z.string(),
    z.strictObject({ step: z.int().min(0), batches: rngState, dropout: rngState }),
  ),
  judgements: z.array(judgementSchema),
  /** What the players reported in the rounds of the epoch that are done, summed over their steps. */
  sums: z.record(z.string(), z.number()).default({}),
  seconds: z.number().min(0),
})

/** What a player remembers besides its parameters. */
export interface PlayerMemory {
  readonly optimizer: OptimizerState
  batches: Rng
  dropout: Rng
}

/** The state of a game between two rounds. */
export interface GameState extends Pick<
  z.output<typeof gameStateSchema>,
  'epoch' | 'round' | 'judgements' | 'sums' | 'seconds'
> {
  /** Parameters of the epochs that can still be chosen, by index of the epoch. */
  readonly kept: ReadonlyMap<number, ReadonlyMap<string, Float32Array>>
}

/** A checkpoint's file and what it must belong to. */
export interface GameCheckpoint {
  readonly path: string
  readonly identity: string
  /** Whether one that does not fit, damaged or of another identity, is an error; it is ignored otherwise. */
  readonly mustFit?: boolean
}

/** Writes everything that a game needs to go on as if it had not been stopped, as one file, atomically. */
export async function writeGame(
  { path, identity }: GameCheckpoint,
  { kept, ...state }: GameState,
  store: ParameterStore,
  players: ReadonlyMap<string, PlayerMemory>,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, shape, data } of store.list()) {
    tensors.set(`parameter/${name}`, { shape, data })
    for (const [epoch, values] of kept)
      tensors.set(`kept ${epoch}/${name}`, { shape, data: values.get(name)! })
  }
  for (const [player, { optimizer }] of players) {
    for (const [name, data] of optimizer.export()) {
      tensors.set(`${optimizerGroup(player)}/${name}`, { shape: [data.length], data })
    }
  }
  const content: z.input<typeof gameStateSchema> = {
    formatVersion: 1,
    identity,
    ...state,
    players: Object.fromEntries(
      [...players].map(([player, { optimizer, batches, dropout }]) => [
        player,
        {
          step: optimizer.step,
          batches: storedRngState(batches.state()),
          dropout: storedRngState(dropout.state()),
        },
      ]),
    ),
  }
  await writeSafetensors(path, tensors, new Map([['state', JSON.stringify(content)]]))
}

/**
 * Brings parameters and players back to where a checkpoint left them.
 *
 * @returns `undefined`, and nothing is changed, when there is no checkpoint, it belongs to something else, or it does not fit.
 * @throws VeilrecError `CHECKPOINT_REFUSED` for one that does not fit and has to.
 */
export async function readGame(
  checkpoint: GameCheckpoint,
  store: ParameterStore,
  players: ReadonlyMap<string, PlayerMemory>,
): Promise<GameState | undefined> {
  const { path, mustFit = false } = checkpoint
  const state = await readFitting(checkpoint, store, players)
  if (state !== undefined || !mustFit || !(await exists(path))) return state
  throw new VeilrecError(
    'CHECKPOINT_REFUSED',
    `${path} cannot be continued: it is damaged, or of another data set, configuration or seed`,
    { path },
    'Resume with the data set, configuration and seed the run was started with, or start a new run.',
  )
}

async function readFitting(
  { path, identity }: GameCheckpoint,
  store: ParameterStore,
  players: ReadonlyMap<string, PlayerMemory>,
): Promise<GameState | undefined> {
  const content = await readSafetensors(path).catch(() => undefined)
  const parsed = gameStateSchema.safeParse(parseJson(content?.metadata.get('state')))
  if (content === undefined || !parsed.success || parsed.data.identity !== identity) return undefined
  const groups = new Map<string, Map<string, Float32Array | Int32Array>>()
  for (const [name, { data }] of content.tensors) {
    if (!(data instanceof Float32Array || data instanceof Int32Array)) return undefined
    const slash = name.indexOf('/')
    const group = groups.get(name.slice(0, slash)) ?? new Map<string, Float32Array | Int32Array>()
    groups.set(name.slice(0, slash), group.set(name.slice(slash + 1), data))
  }
  const { epoch, round, judgements, sums, seconds, players: stored } = parsed.data
  const values = (group: string): ReadonlyMap<string, Float32Array> =>
    (groups.get(group) ?? new Map()) as ReadonlyMap<string, Float32Array>
  const kept = new Map(
    [...groups.keys()]
      .filter((group) => group.startsWith('kept '))
      .map((group) => [Number(group.slice('kept '.length)), values(group)] as const),
  )
  const fits = (parameters: ReadonlyMap<string, Float32Array>): boolean =>
    store.list().every(({ name, data }) => parameters.get(name)?.length === data.length)
  const isWhole = [...players.keys()].every((player) => stored[player] !== undefined)
  if (!isWhole || ![values('parameter'), ...kept.values()].every(fits)) return undefined
  store.restore(values('parameter'))
  for (const [player, memory] of players) {
    const { step, batches, dropout } = stored[player]!
    memory.optimizer.import(step, groups.get(optimizerGroup(player)) ?? new Map())
    memory.batches = Rng.fromState(batches)
    memory.dropout = Rng.fromState(dropout)
  }
  return { epoch, round, judgements, sums, seconds, kept }
}

/** A group ends at the first slash, which a player's name may have. */
function optimizerGroup(player: string): string {
  return `optimizer ${encodeURIComponent(player)}`
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
