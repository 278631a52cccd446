import type { AttackState, GroupMetric, InteractionReport, Interval, MeanEstimate } from '@veilrec/core'
import type { AuditedAttribute, AuditResult, AuditRow, JudgedAttack } from '@veilrec/lab'
import { describe, expect, it } from 'vitest'

import { renderAudit } from './audit.js'

const around = (value: number, margin = 0.03): Interval => ({ lower: value - margin, upper: value + margin })
const estimate = (value: number, margin?: number): MeanEstimate => ({
  value,
  interval: around(value, margin),
  standardError: 0.01,
})

interface AttackOptions {
  readonly state?: AttackState
  readonly reason?: string
  readonly margin?: number
  readonly classes?: number
}

function attackOf(attribute: string, auc: number | null, options: AttackOptions = {}): JudgedAttack {
  const { state = 'measured', reason, margin, classes = 2 } = options
  const interval = auc === null ? null : around(auc, margin)
  const figures = {
    auc: auc ?? 0.5,
    interval: interval ?? around(0.5),
    validationAuc: 0.5,
    config: {},
    seeds: 5,
    seedDeviation: 0.004,
    userDeviation: 0.014,
  }
  return {
    attribute,
    evidence: 'vectors',
    state,
    ...(reason === undefined ? {} : { reason }),
    auc,
    interval,
    atChance: interval === null ? null : interval.upper < 0.55,
    attacker: auc === null ? null : 'mlp',
    trainedOn: auc === null ? null : 'attackTrain',
    largeClassAuc: auc,
    skippedClasses: 0,
    balancedAccuracy: 0.6,
    balancedAccuracyChance: 1 / classes,
    microF1: 0.7,
    majority: 0.72,
    shuffledLabelAuc: 0.501,
    plantedSignalAuc: 0.744,
    testUsers: 1510,
    testUsersByClass: Array.from({ length: classes }, () => 10),
    seeds: 5,
    attackers: {
      mlp: {
        ...figures,
        trainedOn: 'attackTrain',
        plantedSignalAuc: 0.744,
        byGroup: { attackTrain: figures },
      },
    },
  }
}

/** What a row tells of an attribute; a number is the AUC, null no attack. */
function attributeOf(
  attribute: string,
  hidden: boolean,
  seen: {
    readonly vectors: JudgedAttack | number
    readonly unmaskedList: JudgedAttack | number | null
    readonly servedList: JudgedAttack | number | null
  },
): AuditedAttribute {
  const of = (given: JudgedAttack | number): JudgedAttack =>
    typeof given === 'number' ? attackOf(attribute, given) : given
  const list = (given: JudgedAttack | number | null): JudgedAttack | null =>
    given === null ? null : of(given)
  return {
    attribute,
    hidden,
    vectors: of(seen.vectors),
    unmaskedList: list(seen.unmaskedList),
    servedList: list(seen.servedList),
  }
}

function groupsOf(attribute: string, gap: number, upper: number): AuditRow['groups'][number] {
  const group = (name: string, value: number): GroupMetric['groups'][number] => ({
    ...estimate(value),
    group: name,
    isCompared: true,
    users: 300,
    undefinedUsers: 0,
  })
  const groups = [group('best of them all', 0.2), group('worst', 0.2 - gap)]
  return {
    attribute,
    groups,
    missingUsers: 0,
    gap: {
      value: gap,
      interval: { lower: Math.max(0, gap - 0.01), upper: gap + 0.01 },
      noiseFloor: { expected: upper / 2, upper, pValue: 0.2 },
      best: groups[0]!,
      worst: groups[1]!,
    },
    signedGap: null,
    spread: null,
    gapChange: null,
  }
}

interface RowOptions {
  readonly ndcg?: number
  readonly veil?: string
  readonly groups?: AuditRow['groups']
}

/** A row whose worst hidden attack is found as the audit finds it. */
function rowOf(
  requirement: readonly string[],
  attacks: readonly AuditedAttribute[],
  options: RowOptions = {},
): AuditRow {
  const { ndcg = 0.17, veil = 'linear-erasure', groups = [] } = options
  const isBase = requirement.length === 0
  const change = isBase ? null : { ...estimate(ndcg - 0.172, 0.001), effectSize: -0.02, pValue: 0.01 }
  const accuracy = { users: 6040, 'ndcg@10': estimate(ndcg, 0.006), change }
  const worst = attacks
    .filter(({ hidden }) => hidden)
    .flatMap((one) =>
      (['vectors', 'unmaskedList'] as const).map((evidence) => ({ evidence, attack: one[evidence] })),
    )
    .filter(({ attack }) => (attack?.auc ?? null) !== null)
    .sort((a, b) => b.attack!.auc! - a.attack!.auc!)[0]
  return {
    requirement,
    veil: isBase ? null : veil,
    accuracy: { all: accuracy, untied: null, attackTest: { ...accuracy, users: 1510 } },
    attacks,
    worstHidden:
      worst === undefined
        ? null
        : {
            attribute: worst.attack!.attribute,
            evidence: worst.evidence,
            auc: worst.attack!.auc!,
            interval: worst.attack!.interval!,
            atChance: worst.attack!.atChance!,
          },
    groups,
  }
}

function interactionOf(attribute: string, systems: readonly string[]): InteractionReport {
  const row = (name: string, isControl: boolean): InteractionReport['tables'][number]['rows'][number] => ({
    name,
    isControl,
    listEntropy: { value: 0.56 },
    dif: { ...estimate(0.012, 0.002), users: 6040, undefinedUsers: 0 },
    difSum: { value: 0.01 },
    unscoredListed: 0,
  })
  const rows = [
    ...systems.map((name) => row(name, false)),
    ...['popularity', 'random', 'entropy-sorted'].map((name) => row(name, true)),
  ]
  return {
    attribute,
    k: 10,
    maximumEntropy: Math.log(2),
    averageEntropy: { value: 0.55 },
    missingUsers: 0,
    tables: (['none', 'miller-madow', 'shrinkage'] as const).map((correction) => ({
      correction,
      truthEntropy: { value: 0.547 },
      unscoredTargets: 0,
      rows,
    })),
  }
}

function auditOf(rows: readonly AuditRow[], changes: Partial<AuditResult> = {}): AuditResult {
  const attributes = rows[0]!.attacks.map(({ attribute }) => attribute)
  const methods = [...new Set(rows.flatMap(({ veil }) => veil ?? []))]
  return {
    formatVersion: 2,
    run: 'ml-1m-sasrec',
    model: 'sasrec',
    configHash: 'c',
    dataset: { name: 'ml-1m', hash: 'd' },
    veils: methods.map((id) => ({ id, method: id })),
    isQuick: false,
    seed: 1,
    trainingSeed: 1,
    attackSeeds: 5,
    attackers: { vectors: ['logistic-regression', 'mlp'], lists: ['list-logistic-regression', 'list-mlp'] },
    listLength: 50,
    chanceMargin: 0.55,
    rows,
    controls: {
      popularityFloor: attributes.map((name) => attackOf(name, 0.65)),
      itemHistogram: attributes.map((name) => attackOf(name, 0.79)),
    },
    interaction: attributes.map((name) => interactionOf(name, ['(none)', 'gender'])),
    permutationNull: {
      cells: 4,
      oneRegression: {
        shuffles: 200,
        maxima: Array.from({ length: 200 }, (_, i) => 0.5 + i / 4000),
        reported: { name: 'gender/gender/vectors', auc: 0.741, pValue: 1 / 201 },
        sameAttacker: { name: 'gender/gender/vectors', auc: 0.72, pValue: 1 / 201 },
      },
      chosenAttacker: { requirement: ['gender'], shuffles: 20, maxima: [0.51, 0.53], reported: null },
    },
    validity: [
      { name: 'planted-signal', passed: true, detail: 'found' },
      { name: 'ties', passed: null, detail: 'no times' },
    ],
    notAttacked: ['item vectors'],
    threatsToValidity: ['one training seed'],
    cells: { total: 27, reused: 9 },
    seconds: { attacks: 600, permutationNull: 300, total: 930 },
    versions: {},
    cpu: { model: 'x', cores: 2 },
    ...changes,
  }
}

const base = rowOf(
  [],
  [
    attributeOf('gender', false, { vectors: 0.741, unmaskedList: 0.72, servedList: 0.76 }),
    attributeOf('age', false, { vectors: 0.68, unmaskedList: 0.7, servedList: 0.71 }),
    attributeOf('occupation', false, { vectors: 0.53, unmaskedList: 0.52, servedList: 0.51 }),
  ],
  {
    ndcg: 0.172,
    groups: [groupsOf('gender', 0.03, 0.008), groupsOf('age', 0.02, 0.03), groupsOf('occupation', 0.1, 0.11)],
  },
)

const hidingGender = rowOf(
  ['gender'],
  [
    attributeOf('gender', true, { vectors: 0.51, unmaskedList: 0.505, servedList: 0.66 }),
    attributeOf('age', false, { vectors: 0.61, unmaskedList: 0.68, servedList: 0.7 }),
    attributeOf('occupation', false, { vectors: 0.53, unmaskedList: 0.52, servedList: 0.51 }),
  ],
  { ndcg: 0.168, groups: [groupsOf('gender', 0.005, 0.008)] },
)

const hidingBoth = rowOf(
  ['age', 'gender'],
  [
    attributeOf('gender', true, { vectors: 0.51, unmaskedList: 0.505, servedList: 0.66 }),
    attributeOf('age', true, { vectors: 0.58, unmaskedList: 0.61, servedList: 0.7 }),
    attributeOf('occupation', false, { vectors: 0.53, unmaskedList: 0.52, servedList: 0.51 }),
  ],
  { ndcg: 0.15 },
)

const usual = auditOf([base, hidingGender, hidingBoth])

const lineWith = (text: string, part: RegExp): string =>
  text.split('\n').find((line) => part.test(line)) ?? ''
const lengthOf = (line: string): number => Array.from(line).length
/** What stands below a title, up to the empty line after it. */
const section = (text: string, title: string): string => text.split(`\n${title}`)[1]?.split('\n\n')[0] ?? ''
const cellsOf = (line: string): string[] => line.split(/ {2,}/)
/** One row of the score card, cell by cell. */
const card = (text: string, row: string): string[] =>
  cellsOf(text.split('\n').find((line) => line.startsWith(`${row}  `) || line === row) ?? '')
/** The sentence on a row, its lines joined. */
const verdict = (text: string, key: string): string =>
  new RegExp(`^[${key}] (?:without a veil|behind .*?): (.*(?:\\n {2}.*)*)`, 'm')
    .exec(text)?.[1]
    ?.replaceAll('\n  ', ' ') ?? ''

describe('the score card', () => {
  const text = renderAudit(usual)

  it('has a row for the base and for each requirement, with the figures of what it is judged by', () => {
    expect(card(text, '* (none)')).toEqual([
      '* (none)',
      '0.1720',
      '-',
      '0.741 [0.711, 0.771]',
      '0.76/0.65',
      '-',
      '0.100/0.110',
      'measured',
    ])
    // 0.168 is 2.3 % below 0.172; the kept age fell from 0.68 to 0.61, occupation did not.
    expect(card(text, 'a gender')).toEqual([
      'a gender',
      '0.1680',
      '-2.3 [-2.9, -1.7]',
      '0.510 [0.480, 0.540]',
      '0.66/0.65',
      '0.61/0.68',
      '0.005/0.008',
      'measured',
    ])
    expect(card(text, 'b age,gender').slice(1, 6)).toEqual([
      '0.1500',
      '-13 [-13, -12]',
      '0.610 [0.580, 0.640]',
      '0.70/0.65',
      '0.53/0.53',
    ])
  })

  it('stands before everything else, with a sentence for every row and a picture', () => {
    const order = [
      'audit of ',
      '* (none)',
      '* without a veil',
      'NDCG@10; best',
      'What can be told:',
      'Groups:',
    ]
    const places = order.map((part) => text.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(verdict(text, '*')).toBe(
      'gender can be told: AUC 0.741 [0.711, 0.771] from vectors by mlp; so can age (0.700); ' +
        'occupation is undecided (0.530 [0.500, 0.560])',
    )
    expect(verdict(text, 'a')).toBe('gender is at chance (upper bound 0.540 < 0.55)')
    expect(verdict(text, 'b')).toBe(
      'age can still be told: AUC 0.610 [0.580, 0.640] from the list by mlp (0.700 without a veil); ' +
        'gender is at chance (upper bound 0.540 < 0.55)',
    )
  })

  it('names the attributes by which groups are served unequally beyond noise', () => {
    expect(lineWith(text, /unequally/)).toMatch(/by: gender \(\*\)$/)
    expect(lineWith(renderAudit(auditOf([rowOf([], base.attacks)])), /unequally/)).toMatch(/by: none$/)
  })
})

describe('what cannot be trusted', () => {
  it('says of a dead probe that nothing was measured, although the other attack is at chance', () => {
    const dead = attackOf('gender', null, { state: 'dead', reason: 'dead probe: found with 0.612' })
    const row = rowOf(
      ['gender'],
      [attributeOf('gender', true, { vectors: dead, unmaskedList: 0.5, servedList: 0.6 })],
    )
    const text = renderAudit(auditOf([base, row]))
    expect(card(text, 'a gender').at(-1)).toBe('DEAD 1/2')
    expect(verdict(text, 'a')).toBe('gender was not measured from vectors: dead probe: found with 0.612')
    expect(section(text, 'What can be told:')).toMatch(/^a gender +hidden +dead +0\.500 /m)
    expect(section(text, 'The attack that')).toMatch(/^a +gender +vectors +- .* DEAD$/m)
  })

  it('gives no AUC to a row without any figure, and says that it is not in the picture', () => {
    const none = attackOf('gender', null, { state: 'undefined', reason: 'one class only' })
    const row = rowOf(
      ['gender'],
      [attributeOf('gender', true, { vectors: none, unmaskedList: none, servedList: none })],
    )
    const text = renderAudit(auditOf([base, hidingBoth, row]))
    expect(card(text, 'b gender').slice(3)).toEqual(['-', '-', '-', '-', 'undef 2/2'])
    expect(text).toContain('not drawn, as there is no figure: b')
    expect(verdict(text, 'b')).toContain('one class only')
  })

  it('says in its second line that a control failed', () => {
    const validity = [
      { name: 'planted-signal', passed: true, detail: 'found' },
      { name: 'user-split', passed: false, detail: 'three users twice' },
      { name: 'ties', passed: null, detail: 'no times' },
    ] as const
    const text = renderAudit(auditOf([base], { validity }))
    expect(text.split('\n')[1]).toMatch(/^Validity: FAILED user-split; not checked: ties\. Do not rely/)
    expect(section(text, 'Can the measurement')).toMatch(/^- user-split: FAILED; three users twice$/m)
    const dead = [{ name: 'planted-signal', passed: false, detail: 'not so for one' }] as const
    expect(renderAudit(auditOf([base], { validity: dead })).split('\n')[1]).toBe(
      'Validity: FAILED planted-signal. Attacks that could not be trusted have no figure; the others stand.',
    )
    expect(renderAudit(usual).split('\n')[1]).toBe('Validity: 1 of 2 checks passed; not checked: ties')
  })

  it('shows all one class as measured, which is what perfect erasure looks like', () => {
    const same = attackOf('gender', 0.5, { state: 'majority-only' })
    const row = rowOf(
      ['gender'],
      [attributeOf('gender', true, { vectors: same, unmaskedList: 0.51, servedList: 0.6 })],
    )
    const text = renderAudit(auditOf([base, row]))
    expect(card(text, 'a gender').at(-1)).toBe('majority')
    expect(verdict(text, 'a')).toContain('at chance')
  })
})

it('does not round an upper bound up to the margin that it is below', () => {
  const close = attackOf('gender', 0.5197, { margin: 0.03 })
  const row = rowOf(
    ['gender'],
    [attributeOf('gender', true, { vectors: close, unmaskedList: 0.5, servedList: 0.6 })],
  )
  expect(verdict(renderAudit(auditOf([base, row])), 'a')).toBe(
    'gender is at chance (upper bound 0.5497 < 0.55)',
  )
})

it('says so where nothing that a veil hides was attacked', () => {
  const seen = { vectors: 0.7, unmaskedList: 0.6, servedList: null }
  const row = rowOf(['gender'], [attributeOf('age', false, seen)])
  expect(verdict(renderAudit(auditOf([base, row])), 'a')).toBe('nothing that it hides was attacked')
})

describe('a quick audit', () => {
  const seen = { unmaskedList: null, servedList: null }
  const quick = auditOf([base, rowOf(['age'], [attributeOf('age', true, { vectors: 0.51, ...seen })])], {
    isQuick: true,
    permutationNull: null,
    interaction: [],
    controls: { popularityFloor: [], itemHistogram: [] },
  })
  const text = renderAudit(quick)

  it('says what it is, leaves out what was not measured, and leads to the whole one', () => {
    expect(text).toMatch(/^QUICK audit of .*not to be quoted$/m)
    expect(card(text, 'a age').slice(4)).toEqual(['-', '-', '-', 'measured'])
    // Under its own attribute, though a quick audit has attacked no other behind the veil.
    const told = section(text, 'What can be told:')
    expect(told).toMatch(/^age\n[^\n]*\na age +hidden +0\.510 \[0\.480, 0\.540\] +- +-$/m)
    expect(told.match(/^a age/gm)).toHaveLength(1)
    for (const title of ['If nothing could', 'Interaction fairness', 'What the data tells']) {
      expect(text).not.toContain(title)
    }
    expect(text).toMatch(/^Next: veilrec audit ml-1m-sasrec$/m)
    expect(renderAudit(usual)).not.toContain('QUICK')
  })

  it('judges the base by vectors alone too, although its lists were attacked', () => {
    const listsTellMore = rowOf(
      [],
      [attributeOf('gender', false, { vectors: 0.6, unmaskedList: 0.7, servedList: null })],
    )
    const [of, whole] = [true, false].map((isQuick) => renderAudit(auditOf([listsTellMore], { isQuick })))
    expect(card(of!, '* (none)')[3]).toBe('0.600 [0.570, 0.630]')
    expect(card(whole!, '* (none)')[3]).toBe('0.700 [0.670, 0.730]')
    expect(verdict(text, 'a')).toBe('age is at chance (upper bound 0.540 < 0.55, vectors only)')
  })
})

describe('an audit without a veil', () => {
  const text = renderAudit(auditOf([base]))

  it('has one row, no picture of one point, and leads to a veil', () => {
    expect(card(text, '* (none)')[3]).toBe('0.741 [0.711, 0.771]')
    expect(text).not.toContain('best is the upper left')
    expect(text).not.toContain('behind linear')
    expect(text).toMatch(/without a veil, seed 1$/m)
    expect(text).toMatch(/^Next: veilrec veil ml-1m-sasrec --method linear-erasure$/m)
  })
})

describe('several veils', () => {
  it('keeps rows of the same requirement apart, and names the method to recommend with', () => {
    const other = rowOf(['gender'], hidingGender.attacks, { veil: 'afrl', ndcg: 0.16 })
    const text = renderAudit(auditOf([base, hidingGender, other]))
    const lines = text.split('\n')
    expect(lines.indexOf('behind linear-erasure') + 1).toBe(
      lines.findIndex((line) => line.startsWith('a gender')),
    )
    expect(lines.indexOf('behind afrl') + 1).toBe(lines.findIndex((line) => line.startsWith('b gender')))
    expect(text).toMatch(/--veil gender --method linear-erasure$/m)
    expect(renderAudit(usual)).toMatch(/--veil gender$/m)
  })

  it('uses a letter for each row as long as there are letters', () => {
    const rows = Array.from({ length: 60 }, () => hidingGender)
    const text = renderAudit(auditOf([base, ...rows]))
    for (const key of ['a', 'z', 'A', 'Z']) expect(card(text, `${key} gender`)).toHaveLength(8)
    expect(text).toContain('and the rest as above')
    expect(text.split('\n').filter((line) => line.startsWith('+ gender  0.1680'))).toHaveLength(8)
  })
})

describe('names and classes', () => {
  const attributesOf = (names: readonly string[], hidden: boolean): AuditedAttribute[] =>
    names.map((name) =>
      attributeOf(name, hidden, {
        vectors: attackOf(name, 0.512, { classes: 21, state: 'undefined' }),
        unmaskedList: 0.505,
        servedList: 0.61,
      }),
    )
  const auditNamed = (names: readonly string[]): string =>
    renderAudit(
      auditOf([
        rowOf([], attributesOf(names, false), { groups: names.map((name) => groupsOf(name, 0.1234, 0.11)) }),
        rowOf(names, attributesOf(names, true), {
          groups: names.map((name) => groupsOf(name, 0.1234, 0.11)),
        }),
      ]),
    )

  it.each([
    [['a', 'b']],
    [['gender', 'age', 'occupation']],
    [Array.from({ length: 8 }, (_, i) => `a-very-long-name-of-an-attribute-${i}`)],
  ])('no line of a table is longer than 120 characters: %j', (names) => {
    const tables = auditNamed(names).split('\nCan the measurement')[0]!.split('\n').slice(1)
    const [longest] = tables.sort((a, b) => lengthOf(b) - lengthOf(a))
    expect(`${longest!}: ${Math.max(120, lengthOf(longest!))}`).toBe(`${longest!}: 120`)
  })

  it('leaves whole the names of the sentences', () => {
    expect(auditNamed(['a-very-long-name-of-an-attribute-1'])).toContain(
      'a behind a-very-long-name-of-an-attribute-1: ',
    )
  })

  it('puts an attribute of 21 classes beside its own chance lines, with its best and worst group', () => {
    const names = ['occupation']
    const text = auditNamed(names)
    expect(section(text, 'The attack that')).toMatch(/^a +occupation +.*0\.600\/0\.048/m)
    expect(section(text, 'Groups:')).toMatch(
      /^\* +occupation +0\.123 \[0\.113, 0\.133\] +0\.110 +best of the… 0\.200 \(300\) +worst 0\.077 \(300\)/m,
    )
  })
})

describe('the long parts', () => {
  const text = renderAudit(usual)

  it('give every attack of every row, the hidden ones marked', () => {
    const table = section(text, 'What can be told:').split('\n')
    const age = table.slice(table.indexOf('age') + 1, table.indexOf('occupation')).map(cellsOf)
    expect(age).toEqual([
      ['* (none)', '0.680 [0.650, 0.710]', '0.700 [0.670, 0.730]', '0.710 [0.680, 0.740]'],
      ['a gender', '0.610 [0.580, 0.640]', '0.680 [0.650, 0.710]', '0.700 [0.670, 0.730]'],
      ['b age,gender', 'hidden', '0.580 [0.550, 0.610]', '0.610 [0.580, 0.640]', '0.700 [0.670, 0.730]'],
    ])
  })

  it('give the attack that decides with its controls: the list where it tells more', () => {
    const table = section(text, 'The attack that').split('\n').map(cellsOf)
    expect(table.at(-1)).toEqual([
      'b',
      'age',
      'list',
      'mlp',
      'others',
      '0.600/0.500',
      '0.700/0.720',
      '0.004/0.014',
      '0.501',
      '0.744',
      'measured',
    ])
  })

  it('give controls, accuracy on unseen users, interaction fairness beside its controls, and the null', () => {
    expect(section(text, 'What the data')).toMatch(/^gender +0\.790 \[.*\] +0\.650 \[/m)
    expect(section(text, 'Accuracy:')).toMatch(/attack-test users \(1510\)/)
    expect(section(text, 'Accuracy:')).toMatch(/^b age,gender .* -0\.0220 \[-0\.0230, -0\.0210\]$/m)
    const interaction = section(text, 'Interaction')
    expect(interaction).toContain('age: entropy of what users chose 0.547, at most 0.693')
    for (const control of ['popularity', 'random', 'entropy-sorted'])
      expect(interaction).toContain(`(${control})`)
    const shuffled = section(text, 'If nothing')
    expect(shuffled).toContain('200 shuffles: median 0.525, 95 % below 0.547, the largest of 4 cells')
    expect(shuffled).toContain('worst cell gender/gender/vectors: AUC 0.741, p = 0.005')
    expect(shuffled).toContain('the chosen attackers of gender')
  })

  it('end with what was not attacked, and why the figures may mislead', () => {
    expect(section(text, 'Not attacked:')).toContain('- item vectors')
    expect(section(text, 'Threats to validity:')).toContain('- one training seed')
    expect(text).toContain(
      'Each random one trained 5 times. 27 attacks, 9 of them from an earlier audit, 15 min 30 s in all.',
    )
  })
})
