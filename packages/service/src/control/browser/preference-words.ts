import { fill } from './control-texts.js'
import type { TextsInLanguage } from './control-texts.js'
import type { AuditedRequirement, Capabilities, Estimate, OfferedRequirement } from './service-answers.js'
import type { Preference } from './service-client.js'

/** The name of an attribute as the page wants it said. */
export function attributeWord({ texts }: TextsInLanguage, name: string): string {
  return Object.hasOwn(texts.attributes, name) ? (texts.attributes[name] ?? name) : name
}

/** A preference in one phrase, such as "profiled, with age and gender hidden." */
export function preferencePhrase(words: TextsInLanguage, { hide, mode }: Preference): string {
  const { texts } = words
  if (mode === 'non_profiled') return texts.nowNotProfiled
  return hide.length === 0
    ? texts.nowNothingHidden
    : fill(texts.nowHidden, { attributes: joined(words, hide) })
}

/**
 * What a preference means, in sentences: what can still be told and what hiding costs, from the audit of exactly this
 * requirement; what has not been measured is said to be so.
 *
 * An AUC is said as the chance that an attacker tells two people apart who differ in the attribute. The verdicts are those
 * of the audit: at chance by its own margin, told where the whole interval is above 0.5, undecided in between.
 *
 * @param capabilities undefined while the service has not said what it can hide; then nothing is claimed.
 */
export function preferenceMeaning(
  words: TextsInLanguage,
  capabilities: Capabilities | undefined,
  { hide, mode }: Preference,
): string[] {
  const { texts } = words
  if (mode === 'non_profiled') {
    return hide.length === 0 ? [] : [fill(texts.keptForLater, { attributes: joined(words, hide) })]
  }
  if (hide.length === 0) return [texts.nothingHiddenMeaning]
  if (capabilities === undefined) return []
  const offered = capabilities.requirements.find((one) => isSameSet(one.hide, hide))
  if (offered === undefined) return [texts.notOffered]
  return offered.audited ? auditSentences(words, offered) : [texts.notAudited]
}

function auditSentences(words: TextsInLanguage, { hide, audit }: OfferedRequirement): string[] {
  const { texts, language } = words
  const cost =
    audit === null || audit.accuracyChange === null ? [] : [costSentence(words, audit.accuracyChange)]
  if (audit === null || audit.worstHidden === null) return [texts.noFigure, ...cost]
  const { worstHidden: worst, isQuick } = audit
  const isOne = hide.length === 1
  const cases = (auc: number): string => (100 * auc).toFixed(0)
  const digits = new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
  const told = fill(texts[verdict(audit, worst, isOne)], { attribute: attributeWord(words, hide[0] ?? '') })
  const meaning = fill(isOne ? texts.cases : texts.casesOfSeveral, {
    of100: cases(worst.value),
    from: cases(worst.low),
    to: cases(worst.high),
  })
  return [
    `${told} ${meaning}`,
    fill(texts.figure, {
      auc: digits.format(worst.value),
      lower: digits.format(worst.low),
      upper: digits.format(worst.high),
    }),
    ...(isQuick ? [texts.quickAudit] : []),
    ...cost,
  ]
}

function verdict(
  { atChance }: AuditedRequirement,
  { low }: Estimate,
  isOne: boolean,
):
  'stillTold' | 'undecided' | 'atChance' | 'stillToldOfSeveral' | 'undecidedOfSeveral' | 'atChanceOfSeveral' {
  if (atChance) return isOne ? 'atChance' : 'atChanceOfSeveral'
  if (low > 0.5) return isOne ? 'stillTold' : 'stillToldOfSeveral'
  return isOne ? 'undecided' : 'undecidedOfSeveral'
}

/** As a loss where the middle is one, as a gain where not; the other end of an interval across 0 has a minus sign. */
function costSentence({ texts, language }: TextsInLanguage, { value, low, high }: Estimate): string {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const sign = value < 0 ? -1 : 1
  const [from = 0, to = 0] = [sign * low, sign * high].sort((a, b) => a - b)
  return fill(value < 0 ? texts.lessAccurate : texts.moreAccurate, {
    percent: percent.format(sign * value),
    from: percent.format(from),
    to: percent.format(to),
  })
}

function joined(words: TextsInLanguage, names: readonly string[]): string {
  return new Intl.ListFormat(words.language, { type: 'conjunction' }).format(
    names.map((name) => attributeWord(words, name)),
  )
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
