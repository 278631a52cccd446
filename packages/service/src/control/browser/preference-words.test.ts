import fc from 'fast-check'
import { expect, test } from 'vitest'

import { fill, textsFor } from './control-texts.js'
import { preferenceMeaning, preferencePhrase } from './preference-words.js'
import { parseCapabilities, type Capabilities } from './service-answers.js'

const english = textsFor('en', {})

function offering(hide: string[], audit: object | null, audited = true): Capabilities {
  const requirements = [{ hide, method: 'afrl', audited, audit }]
  return parseCapabilities({ attributes: hide.map((name) => ({ name })), requirements, limits: { k: 5 } })
}

function meaning(hide: string[], audit: object | null, audited = true): string {
  return preferenceMeaning(english, offering(hide, audit, audited), { hide, mode: 'profiled' }).join(' ')
}

const found = (value: number, low: number, high: number, more: object = {}): object => ({
  kind: 'full',
  worst_hidden_auc: { value, low, high },
  at_chance: false,
  ...more,
})

test('the verdict is that of the audit: told, undecided, at chance by its own margin', () => {
  expect(meaning(['age'], found(0.6, 0.51, 0.7))).toContain('can still tell age')
  expect(meaning(['age'], found(0.6, 0.5, 0.7))).toContain('could not decide')
  expect(meaning(['age'], found(0.52, 0.51, 0.53, { at_chance: true }))).toContain('no attacker')
  expect(meaning(['age', 'sex'], found(0.6, 0.51, 0.7))).toContain('at least one of these')
})

test('half a figure, no figure and no audit promise nothing', () => {
  expect(meaning(['age'], { kind: 'full', worst_hidden_auc: null })).toContain('no valid figure')
  expect(meaning(['age'], { worst_hidden_auc: { value: 0.5, low: 0.4 } })).toContain('no valid figure')
  expect(meaning(['age'], { worst_hidden_auc: { value: 0.5, low: 0.4, high: Number.NaN } })).toContain(
    'no valid',
  )
  expect(meaning(['age'], null)).toContain('no valid figure')
  expect(meaning(['age'], found(0.5, 0.4, 0.6), false)).toContain('Nobody has measured')
})

test('a quick audit is said to be one, also where the service does not say which it was', () => {
  expect(meaning(['age'], found(0.6, 0.51, 0.7))).not.toContain('quick')
  expect(meaning(['age'], found(0.6, 0.51, 0.7, { kind: 'quick' }))).toContain('Only a quick audit')
  expect(meaning(['age'], found(0.6, 0.51, 0.7, { kind: undefined }))).toContain('Only a quick audit')
})

test('the cost is a share of the accuracy without a veil, and a gain is no loss', () => {
  const cost = (value: number, low: number, high: number, base = 0.2): string =>
    meaning(['age'], found(0.6, 0.51, 0.7, { ndcg_change: { value, low, high }, ndcg_base: base }))
  expect(cost(-0.01, -0.02, 0.002)).toContain('5% worse than without a veil (-1% to 10%)')
  expect(cost(0.01, -0.002, 0.02)).toContain('5% better than without a veil (-1% to 10%)')
  expect(cost(-0.01, -0.02, 0.002, 0)).not.toContain('worse')
})

test('what hiding costs is said even where the attack has no figure', () => {
  const change = { value: -0.01, low: -0.02, high: -0.002 }
  const audit = { kind: 'full', worst_hidden_auc: null, ndcg_change: change, ndcg_base: 0.2 }
  expect(meaning(['age'], audit)).toMatch(/no valid figure.*5% worse/)
})

test('the order of names does not matter, another set does', () => {
  const offered = offering(['age', 'sex'], found(0.6, 0.51, 0.7))
  const of = (hide: string[]): string =>
    preferenceMeaning(english, offered, { hide, mode: 'profiled' }).join(' ')
  expect(of(['sex', 'age'])).toBe(of(['age', 'sex']))
  expect(of(['age'])).toContain('does not offer')
})

test('nothing is claimed before the service has answered, and nothing of a person who is not profiled', () => {
  expect(preferenceMeaning(english, undefined, { hide: ['age'], mode: 'profiled' })).toEqual([])
  expect(preferenceMeaning(english, undefined, { hide: [], mode: 'non_profiled' })).toEqual([])
})

test('phrases use the names that the page gives, joined as the language joins them', () => {
  const german = textsFor('de-AT', { attributes: { age: 'Alter' } })
  expect(preferencePhrase(german, { hide: ['age', 'x'], mode: 'profiled' })).toBe(
    'mit Profil, verborgen: Alter und x.',
  )
  expect(german.language).toBe('de-AT')
})

test('texts without a translation are English and said to be; a page that brings its own is believed', () => {
  expect(textsFor('fr', {}).language).toBe('en')
  expect(textsFor('fr', { attributes: { age: 'âge' } }).language).toBe('en')
  expect(textsFor('fr', { heading: 'Vos recommandations' }).language).toBe('fr')
  expect(textsFor('', {}).language).toBe('en')
  expect(textsFor('no such language', { heading: 'x' }).language).toBe('en')
  expect(textsFor('constructor', {}).texts.heading).toBe(english.texts.heading)
})

test('both languages fill in the same things', () => {
  const german = textsFor('de', {}).texts
  const holes = (text: unknown): string => [...String(text).matchAll(/\{\w+\}/g)].map(String).sort().join()
  for (const [key, text] of Object.entries(english.texts)) {
    expect([key, holes(german[key as keyof typeof german])]).toEqual([key, holes(text)])
  }
})

test('what is filled in stays as it is, whatever it contains', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(fill('a {name} b {other}', { name: value })).toBe(`a ${value} b {other}`)
    }),
  )
})
