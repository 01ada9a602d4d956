import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ComparisonConfig, InContextConfig, RunConfig } from '@shared/config'
import { buildDataset } from '../../../src/main/datasets/index'
import {
  copyIntoTrain,
  expectEqual,
  expectSound,
  rowsOf,
  seeds,
  tryBuild,
  violationsAfter
} from '../../support/datasets'
import { referenceInContext } from '../../support/reference/in-context'
import type { Row } from '../../support/reference/rows'

const inContext = (changes: Partial<InContextConfig> = {}): InContextConfig =>
  InContextConfig.parse({ kind: 'in-context', ...changes })
const sizes = {
  ...{ entities: 20, attributes: 3, values: 5, phi: 2 },
  ...{ idShare: 0.8, testShare: 0.2, probes: 30 }
}
const small = inContext(sizes)

const anySmall = fc
  .record({
    entities: fc.integer({ min: 8, max: 25 }),
    attributes: fc.integer({ min: 1, max: 4 }),
    values: fc.integer({ min: 2, max: 8 }),
    phi: fc.double({ min: 0.5, max: 2, noNaN: true }),
    contextShare: fc.constantFrom(0, 0.3, 0.5, 1),
    contextValues: fc.constantFrom('known' as const, 'fresh' as const),
    atomicFacts: fc.boolean(),
    idShare: fc.double({ min: 0.6, max: 0.75, noNaN: true }),
    testShare: fc.double({ min: 0.1, max: 0.3, noNaN: true }),
    probes: fc.integer({ min: 1, max: 100 }),
    endTarget: fc.boolean()
  })
  .filter(({ atomicFacts, contextShare }) => atomicFacts || contextShare === 1)
  .map(inContext)

test('every row, split and hash is that of the slow reference, for any small setting and seed', () => {
  let built = 0
  fc.assert(
    fc.property(anySmall, fc.integer(seeds), (config, seed) => {
      const dataset = tryBuild(config, seed)
      const reference = referenceInContext(config, seed)
      expect(dataset !== undefined).toBe(reference.enough)
      if (!dataset) return
      built++
      expectEqual(dataset, reference)
      expectSound(dataset, config)
    }),
    { numRuns: 100 }
  )
  expect(built).toBeGreaterThan(50)
})

/** The last nine tokens of a row in context, and its facts: [entity, attribute, value] twice. */
const factsOf = ({ tokens }: Row): string[][] => [tokens.slice(0, 3), tokens.slice(3, 6)]

test.each(['known', 'fresh'] as const)(
  'with %s values the answer follows from the facts in the prompt',
  (contextValues) => {
    const config = { ...small, contextValues }
    const dataset = buildDataset(config, 3)
    const rows = ['train_context', 'test_context_iid', 'test_context_ood'].flatMap((name) =>
      rowsOf(dataset, dataset.splits[name]!)
    )
    expect(rows.length).toBeGreaterThan(60)
    let swapped = 0
    for (const row of rows) {
      const [attribute, q, e1, mask, e2] = row.tokens.slice(6)
      expect([q, mask]).toEqual(['<q>', '<mask>'])
      const facts = new Map(factsOf(row).map(([e, a, v]) => [`${e} ${a}`, Number(v!.slice(1, -1))]))
      const [v1, v2] = [facts.get(`${e1} ${attribute}`)!, facts.get(`${e2} ${attribute}`)!]
      const label = v1 < v2 ? 0 : v1 === v2 ? 1 : 2
      expect(row.targets[0]).toBe(attribute!.replace('>', `_${label}>`))
      if (row.tokens[0] === e2) swapped++
    }
    // A fair coin: within six standard deviations
    expect(Math.abs(swapped - rows.length / 2)).toBeLessThan(3 * Math.sqrt(rows.length))
  }
)

test('known facts are those of the knowledge base, fresh ones mostly are not', () => {
  for (const contextValues of ['known', 'fresh'] as const) {
    const dataset = buildDataset({ ...small, contextValues }, 3)
    const rows = rowsOf(dataset, dataset.train)
    const stored = new Set(
      rows.slice(0, 60).map(({ tokens: [e, a], targets: [v] }) => `${e} ${a} ${v}`)
    )
    const facts = rowsOf(dataset, dataset.splits['test_context_iid']!).flatMap(factsOf)
    const agreeing = facts.filter((fact) => stored.has(fact.join(' '))).length / facts.length
    if (contextValues === 'known') expect(agreeing).toBe(1)
    else expect(agreeing).toBeLessThan(0.5)
  }
})

describe('the share', () => {
  test('0 trains and asks what the plain task does, in longer rows', () => {
    const dataset = buildDataset({ ...small, contextShare: 0 }, 3)
    const plain = buildDataset(ComparisonConfig.parse(sizes), 3)
    expect(Object.keys(dataset.splits)).toEqual(Object.keys(plain.splits))
    const cut = (rows: Row[]): Row[] =>
      rows.map((row) => ({ ...row, tokens: row.tokens.slice(0, 6) }))
    expect(cut(rowsOf(dataset, dataset.train))).toEqual(rowsOf(plain, plain.train))
    for (const [name, examples] of Object.entries(dataset.splits)) {
      expect(cut(rowsOf(dataset, examples))).toEqual(rowsOf(plain, plain.splits[name]!))
    }
  })

  test('divides the training comparisons and asks held-out pairs both ways', () => {
    const dataset = buildDataset({ ...small, contextShare: 0.25 }, 3)
    expect(dataset.trainParts).toEqual([
      { name: 'id_atomic', count: 48 },
      { name: 'ood_atomic', count: 12 },
      { name: 'train_inferred', count: 72 },
      { name: 'train_context', count: 24 }
    ])
    const question = ({ tokens }: Row): string =>
      tokens.slice(tokens.indexOf('<q>') - 1, tokens.indexOf('<q>') + 4).join(' ')
    for (const side of ['iid', 'ood']) {
      const [plain, context] = ['inferred', 'context'].map((form) =>
        rowsOf(dataset, dataset.splits[`test_${form}_${side}`]!).map(question)
      )
      expect(context).toEqual(plain)
    }
  })

  test('1 without atomic facts holds nothing but questions in context', () => {
    const config = { ...small, contextShare: 1, atomicFacts: false }
    const dataset = buildDataset(config, 3)
    expect(dataset.train.count).toBe(96)
    expect(Object.keys(dataset.splits)).toEqual([
      'train_context',
      'test_context_iid',
      'test_context_ood'
    ])
    for (const { tokens } of rowsOf(dataset, dataset.train)) expect(tokens[7]).toBe('<q>')
  })

  test('below 1 needs atomic facts', () => {
    const result = RunConfig.safeParse({
      dataset: { ...small, contextShare: 0.5, atomicFacts: false }
    })
    expect(result.error!.issues[0]).toMatchObject({
      path: ['dataset', 'contextShare'],
      params: { nearest: 1 }
    })
  })
})

describe('a leak is found', () => {
  const T = 12
  const first = 60 + 48 // atomic facts, then comparisons in weights
  test.each([
    ['test_context_iid', /Test pairs seen/],
    ['test_context_ood', /Training comparisons with an OOD entity/]
  ])('when a row of %s is trained on', (split, check) => {
    const copy = (d: Parameters<typeof copyIntoTrain>[0]): void => copyIntoTrain(d, split, 0, first)
    expect(violationsAfter(small, 42, copy, check)).toBe(1)
  })

  test('when a fact in context is about another entity', () => {
    const other = violationsAfter(
      small,
      42,
      ({ train }) => {
        const at = first * T
        const taken = [train.tokens[at]!, train.tokens[at + 3]!]
        train.tokens[at] = [0, 1, 2].find((e) => !taken.includes(e))!
      },
      /about other entities/
    )
    expect(other).toBe(1)
  })

  test('when a fact in context contradicts the knowledge base, or the answer the fresh context', () => {
    const change = (d: Parameters<typeof copyIntoTrain>[0]): void => {
      const at = first * T + 2
      d.train.tokens[at] = 23 + ((d.train.tokens[at]! - 23 + 1) % 5)
    }
    expect(violationsAfter(small, 42, change, /other entities or contradict/)).toBe(1)
    const fresh = { ...small, contextValues: 'fresh' as const }
    const flip = ({ train, answers }: Parameters<typeof copyIntoTrain>[0]): void => {
      const at = first * answers
      const base = 34 + 3 * Math.floor((train.labels[at]! - 34) / 3)
      train.labels[at] = base + ((train.labels[at]! - base + 1) % 3)
    }
    expect(violationsAfter(fresh, 42, flip, /contradict their context/)).toBe(1)
  })
})
