import { fileURLToPath } from 'node:url'
import { readBundle, type AuditedFigures, type Bundle } from '@veilrec/runtime'
import { beforeAll, expect, it } from 'vitest'

import { capabilitiesSchema } from '../api/capabilities.js'
import { parseServiceConfig } from '../config.js'
import { servedBy } from '../switches/served-requirements.js'
import { capabilitiesOf } from './capabilities.js'
import { parametersOf } from './parameters.js'

const folder = fileURLToPath(new URL('../../../runtime/fixtures/bundle-format-1', import.meta.url))
const config = parseServiceConfig({})
let bundle: Bundle
beforeAll(async () => {
  bundle = await readBundle(folder)
})

/** The bundle with an audit that says of each requirement what it told best. */
function telling(worst: readonly AuditedFigures['worstHidden'][]): Bundle {
  const { manifest } = bundle.model
  const veil = manifest.veil!
  const requirements = veil.requirements.map(({ hide, audit }, n) => {
    const { worstHidden: _, ...rest } = audit!
    const worstHidden = worst[n]
    return { hide, audit: { ...rest, ...(worstHidden && { worstHidden }) } }
  })
  return {
    ...bundle,
    model: { ...bundle.model, manifest: { ...manifest, veil: { ...veil, requirements } } },
  }
}

it('name the worst attribute and what it was told from, where the bundle does', () => {
  const told = telling([
    { attribute: 'age', evidence: 'vectors' },
    undefined,
    { attribute: 'gender', evidence: 'unmaskedList' },
  ])
  const served = servedBy(told.model.manifest)
  const capabilities = capabilitiesSchema.parse(capabilitiesOf(told, served, config))
  expect(capabilities.requirements.map(({ hide, audit }) => [hide.join(), audit!.worst_hidden])).toEqual([
    ['age', { attribute: 'age', evidence: 'vectors' }],
    ['gender', null],
    ['age,gender', { attribute: 'gender', evidence: 'list' }],
  ])
  const [, hide] = parametersOf(told, served, config).options
  const lines = hide!.expected_effect!.split('\n').map((line) => /told (.*) with an AUC/.exec(line)?.[1])
  expect(lines).toEqual([
    'age from what the recommender makes of the history',
    'what was hidden',
    'gender from the list of items',
  ])
})
