import { readSafetensors, writeSafetensors, type StoredTensor } from '@veilrec/runtime'

import { trainingRecordSchema, type TrainingRecord } from './training-record.js'

/** The eliminator of one requirement, trained. */
export interface FinishedEliminator {
  /** Its parameters by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly record: TrainingRecord
}

/** Keeps a finished eliminator until the veil is whole; the file appears whole or not at all. */
export async function writeEliminator(path: string, { tensors, record }: FinishedEliminator): Promise<void> {
  await writeSafetensors(path, tensors, new Map([['record', JSON.stringify(record)]]))
}

/** What {@link writeEliminator} wrote; `undefined` where there is no such file or it cannot be used. */
export async function readEliminator(path: string): Promise<FinishedEliminator | undefined> {
  try {
    const { tensors, metadata } = await readSafetensors(path)
    const record = trainingRecordSchema.parse(JSON.parse(metadata.get('record') ?? ''))
    return { tensors, record }
  } catch {
    return undefined
  }
}
