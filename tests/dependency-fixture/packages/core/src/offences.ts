// Every import here breaks one dependency rule on purpose: `npm run deps` fails when one of them is
// no longer reported.
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { lab } from '../../lab/src/index.js'
import { matcher } from '../../testing/src/index.js'
import { nowhere } from './nowhere.js'

export const offences: [typeof lab, ...unknown[]] = [1, readFileSync, expect, matcher, nowhere]
