import { decodeSafetensors, type BundleModel, type NumericArray, type SelfCheck } from '@veilrec/runtime'

import { cpuDescription, engineVersions } from '../version.js'
import { assembleBundle } from './assemble-bundle.js'
import { bytesCheck, notLookedAt } from './bytes-check.js'
import type { RemadeRun } from './remade-run.js'

/** Whether a recommender that was trained again is the one of a bundle: the graphs of histories and every parameter of its own. */
export function recommenderCheck(
  { manifest, graphs, parameters }: BundleModel,
  remade: RemadeRun | undefined,
): SelfCheck {
  const name = 'recommender'
  if (remade === undefined) return notLookedAt(name, 'it was not trained again, as --recommender does')
  const bare = assembleBundle({ ...remade, veil: null, withHistories: false })
  const { tensors } = decodeSafetensors(bare.files.get(bare.manifest.model.parameters)!, 'the parameters')
  const otherGraphs = bare.manifest.model.graphs
    .map(({ file }) => file)
    .filter((file) => !areSame(graphs.get(file), bare.files.get(file)))
  const otherTensors = [...tensors.keys()].filter(
    (key) => !areSame(parameters.get(key)?.data, tensors.get(key)?.data),
  )
  const different = [...otherGraphs, ...otherTensors]
  if (different.length === 0 && manifest.model.version !== bare.manifest.model.version) {
    different.push('bundle.json')
  }
  const promise =
    'trained again with the labels of everybody outside the defence set mixed up, it has the same bytes'
  return ofTraining(remade, bytesCheck(name, different, promise))
}

/** Other bytes are no verdict where the engine or the machine is another one than the run was trained with. */
export function ofTraining({ run: { manifest } }: RemadeRun, found: SelfCheck): SelfCheck {
  const { model, cores } = cpuDescription()
  const here = JSON.stringify([engineVersions(), `${model}, ${cores} cores`])
  if (found.passed === true || here === JSON.stringify([manifest.versions, manifest.cpu])) return found
  return notLookedAt(
    found.name,
    `${found.detail}; but the run was trained with other versions or another processor, which alone can change bytes`,
  )
}

function areSame(a: NumericArray | undefined, b: NumericArray | undefined): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: NumericArray): Buffer =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  return a !== undefined && b !== undefined && bytes(a).equals(bytes(b))
}
