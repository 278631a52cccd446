// The veil of a method, with its default settings, on the run of main-job.mjs.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { loadRun, veilKind } from '@veilrec/lab'

import { measuredVeilrec } from './command.mjs'
import { describeMachine } from './machine.mjs'
import { mainJobRun } from './trained-run.mjs'

const version = JSON.parse(readFileSync(new URL('../../packages/cli/package.json', import.meta.url))).version

/**
 * The manifest of a finished veil for all attributes with default settings and seed 1, made for the parameters that the run has
 * now by this version; undefined where there is none. What was changed in the code without a new version does not show.
 */
export async function finishedVeil(home, method) {
  const { dataset, folder } = await loadRun(home, mainJobRun)
  const path = join(folder, 'veils', method, 'veil.json')
  if (!existsSync(path)) return undefined
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  const names = dataset.attributes.map(({ name }) => name).sort()
  const fits =
    manifest.veilrecVersion === version &&
    manifest.seed === 1 &&
    manifest.dataset.hash === dataset.hash &&
    manifest.recommenderSha256 === sha256(join(folder, 'best.safetensors')) &&
    isDeepStrictEqual(manifest.attributes, names) &&
    isDeepStrictEqual(manifest.config, veilKind(method).schema.parse({}))
  return fits ? manifest : undefined
}

/**
 * Makes the veil unless it is there already; one that was interrupted goes on.
 *
 * @returns its manifest, and what making it took: null where that was not measured, or not in one go.
 */
export async function madeVeil(home, method) {
  const record = join(home, `bench-veil-${method}.json`)
  const finished = await finishedVeil(home, method)
  if (finished !== undefined) {
    const made = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : undefined
    const known = made?.tensorsSha256 === finished.tensorsSha256 ? made : null
    return { manifest: finished, reused: true, making: known }
  }
  const work = join(home, 'runs', mainJobRun, 'veils', `.${method}.work`)
  const isResumed = existsSync(work)
  const { result, peakGiB } = await measuredVeilrec(home, ['veil', mainJobRun, '--method', method])
  const { tensorsSha256 } = result.manifest
  const { sourceHash } = describeMachine()
  const making = { tensorsSha256, sourceHash, isResumed, seconds: result.seconds, peakGiB }
  writeFileSync(record, JSON.stringify(making))
  return { manifest: result.manifest, reused: false, making }
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
