import { describe, expect, it } from 'vitest'
import { circuitDocument } from '@shared/circuit/document'
import { answerKey, circuitQueries, planCircuit, type CircuitAnswers } from '@shared/circuit/plan'
import { carriesUntil, readCircuit, staysFrom } from '@shared/circuit/reading'
import type { RunConfigInput } from '@shared/config'
import type { UserError } from '@shared/errors'
import { labelled, type InspectResult } from '@shared/inspect'
import type { ReportDocument } from '@shared/report/document'
import { runRow } from '../../support/run-rows'

const choice = { count: 300, seed: 0 }
const comparison: RunConfigInput = { dataset: { kind: 'comparison' } }
const row = (config: RunConfigInput = comparison, over = {}) =>
  runRow('a', config, { last: { 'accuracy/test_inferred_ood': 0.9 }, ...over })

describe('the plan', () => {
  const memorised = row(comparison, {
    milestones: { memorisation: { state: 'reached', step: 250, after: 200 }, splits: [] }
  })

  it('begins where the run had memorised and ends at the newest checkpoint', () => {
    const plan = planCircuit(memorised, [0, 100, 300, 500, 900], choice)
    expect(plan).toMatchObject({ from: 300, to: 900, train: 'train_inferred' })
    expect(plan.why).toContain('step 250')
    expect(plan.ood).toBe('test_inferred_ood')
  })

  it('takes the first checkpoint where none lies after memorisation, and none where there is but one', () => {
    expect(planCircuit(row(), [0, 100, 900], choice)).toMatchObject({ from: 100, to: 900 })
    expect(planCircuit(memorised, [100, 900], choice)).toMatchObject({ from: 100, to: 900 })
    expect(planCircuit(row(), [900], choice)).toMatchObject({ from: null, to: 900 })
  })

  it('asks everything of both checkpoints, each once', () => {
    const plan = planCircuit(memorised, [300, 900], choice)
    const queries = circuitQueries(plan)
    expect(new Set(queries.map(({ key }) => key)).size).toBe(queries.length)
    expect(queries).toHaveLength(10)
    expect(circuitQueries({ ...plan, from: null })).toHaveLength(5)
  })

  it('refuses other data, steps that are not there, and an order that is none', () => {
    const refused = (act: () => unknown): string => {
      try {
        act()
      } catch (error) {
        return (error as UserError).code
      }
      return 'nothing'
    }
    const steps = [100, 900]
    const modular = row({ dataset: { kind: 'modular' }, model: { family: 'transformer1' } })
    expect(refused(() => planCircuit(modular, steps, choice))).toBe('circuit.data')
    expect(refused(() => planCircuit(row(), steps, { ...choice, to: 5 }))).toBe(
      'checkpoint.missing'
    )
    expect(refused(() => planCircuit(row(), [], choice))).toBe('checkpoint.missing')
    const turned = { ...choice, from: 900, to: 100 }
    expect(refused(() => planCircuit(row(), steps, turned))).toBe('circuit.order')
  })
})

/** An answer that says what it is given. */
function answer(
  query: Partial<InspectResult['query']>,
  step: number,
  over: Partial<InspectResult>
): InspectResult {
  return {
    ...{ version: 1, step, checkpoint: '', against: null, values: {}, arrays: {}, rows: [] },
    ...{ notes: [], probes: { count: 100, positions: [], tokens: [] } },
    query: query as InspectResult['query'],
    ...over
  }
}

const layers = [0, 1, 2]
/** MRR by layer of each target at home. */
const lens = (v1: number[], v2: number[], labels: number[], gold: number[]) =>
  Object.fromEntries(
    layers.flatMap((l) => [
      [`mrr/v1/layer ${l}`, v1[l]!],
      [`mrr/v2/layer ${l}`, v2[l]!],
      // Recall counts for the labels: an MRR beside it must not be taken.
      [`mrr/labels/layer ${l}`, 0.123],
      [`recall/labels/layer ${l}`, labels[l]!],
      [`mrr/answer/layer ${l}`, gold[l]!]
    ])
  )
/** Hits of a hundred prompts by change and layer. */
function traced(hits: Record<string, number[]>): Partial<InspectResult> {
  const changes = Object.keys(hits)
  const strengths = changes.flatMap((change) => hits[change]!.map((count) => count / 100))
  return {
    arrays: { strength: labelled({ change: changes, layer: layers }, strengths) },
    values: Object.fromEntries(
      changes.flatMap((change) => [
        [`traced/${change}`, 100],
        [`changes the answer/${change}`, 1]
      ])
    )
  }
}

const plan = planCircuit(row(), [100, 900], choice)
const answers: CircuitAnswers = Object.fromEntries(
  circuitQueries(plan).map(({ key, step, query }) => {
    const late = step === 900
    switch (query.job) {
      case 'logit-lens': {
        const values = late
          ? lens([0.1, 0.95, 0.97], [0.2, 0.5, 0.99], [0.9, 1, 1], [0, 0.4, 1])
          : lens([0.1, 0.2, 0.3], [0.1, 0.92, 0.3], [0.5, 1, 1], [0, 0.1, 0.5])
        return [key, answer(query, step, { values })]
      }
      case 'causal-trace':
        return [
          key,
          answer(
            query,
            step,
            traced(
              late
                ? { a: [100, 90, 0], e1: [100, 80, 10], e2: [100, 100, 100] }
                : { a: [100, 20, 0], e1: [100, 78, 60], e2: [100, 100, 100] }
            )
          )
        ]
      default:
        return [key, answer(query, step, { values: { accuracy: late ? 0.98 : 0.4 } })]
    }
  })
)

describe('the reading', () => {
  const reading = readCircuit(plan, answers)

  it('finds the layer from which on a token stays readable', () => {
    expect(staysFrom([0.1, 0.9, 1])).toBe(1)
    expect(staysFrom([0.95, 0.1, 1])).toBe(2)
    expect(staysFrom([0.1, 0.95, 0.5])).toBeNull()
    expect(staysFrom([0.1, NaN])).toBeNull()
    const of = (target: string, step: number) =>
      reading.readable.find(
        (r) => r.target === target && r.step === step && r.split === 'train_inferred'
      )!.from
    expect([of('v1', 900), of('v2', 900), of('labels', 900), of('answer', 900)]).toEqual([
      1, 2, 0, 2
    ])
    expect([of('v1', 100), of('v2', 100), of('labels', 100)]).toEqual([null, null, 1])
  })

  it('calls a link stronger or weaker only where its interval says so', () => {
    const verdicts = Object.fromEntries(
      reading.links.map(({ change, layer, verdict }) => [`${change} ${layer}`, verdict])
    )
    expect(verdicts).toMatchObject({ 'a 1': 'strengthened', 'e1 2': 'weakened' })
    expect(Object.values(verdicts).filter((v) => v === 'no clear change')).toHaveLength(7)
    const link = reading.links.find(({ change, layer }) => change === 'a' && layer === 1)!
    expect(link.difference!.value).toBeCloseTo(0.7, 12)
    expect(link.after).toMatchObject({ value: 0.9, n: 100 })
  })

  it('knows up to which layer a position carries the answer', () => {
    expect([carriesUntil(reading, 'a'), carriesUntil(reading, 'e1')]).toEqual([1, 1])
    expect(carriesUntil(reading, 'e2')).toBe(2)
  })

  it('leaves out differences where there is one checkpoint', () => {
    const alone = readCircuit({ ...plan, from: null }, answers)
    expect(alone.links.every(({ before, verdict }) => before === null && verdict === null)).toBe(
      true
    )
    const { blocks } = circuitDocument(row(), alone)
    expect(textOf({ title: '', facts: [], blocks })).toContain('Which states carry the answer?')
  })

  it('counts out prompts that could not be changed', () => {
    const key = answerKey('causal-trace', 'train_inferred', 900)
    const some = answers[key]!
    const values = { ...some.values, 'traced/a': 0 }
    const strength = some.arrays['strength']!
    const none = { ...strength, values: strength.values.map((v, i) => (i < 3 ? null : v)) }
    const less = readCircuit(plan, {
      ...answers,
      [key]: { ...some, values, arrays: { strength: none } }
    })
    expect(less.links.map(({ change }) => change)).not.toContain('a')
  })
})

/** All words of a document. */
const textOf = ({ facts, blocks }: ReportDocument): string =>
  [
    ...facts,
    ...blocks.flatMap((block) =>
      'text' in block ? [block.text] : block.kind === 'list' ? block.items : []
    )
  ].join('\n')

describe('the report', () => {
  const reading = readCircuit(plan, answers)

  it('answers each question with its numbers', () => {
    const text = textOf(circuitDocument(row(), reading))
    expect(text).toContain('both values are readable from layer 2 of 2 on')
    expect(text).toContain(
      'The link from the attribute strengthened after layer 1 (most after layer 1: +0.70'
    )
    expect(text).toContain('The link from the first entity weakened after layer 2')
    expect(text).toContain('The link from the second entity shows no clear change')
    expect(text).toContain('The answer is readable at e2 from layer 2 of 2 on')
  })

  it.each([
    ['llama', 'attention alone'],
    ['rwkv', 'token shift'],
    ['mamba', 'convolution'],
    ['transformer1', 'no final norm'],
    ['gpt2', 'the family of the paper']
  ] as const)('says how far the protocol reaches in %s', (family, words) => {
    const run = row({ ...comparison, model: { family } })
    expect(textOf(circuitDocument(run, reading))).toContain(words)
  })

  it('gives every table as many cells as columns, and figures a panel for each question', () => {
    const { blocks } = circuitDocument(row(), reading)
    const tables = blocks.flatMap((block) => (block.kind === 'table' ? [block.table] : []))
    for (const { columns, rows } of tables) {
      expect(rows.length).toBeGreaterThan(0)
      for (const cells of rows) expect(cells).toHaveLength(columns.length)
      expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length)
    }
    const figures = blocks.flatMap((block) => (block.kind === 'figure' ? [block.figure] : []))
    expect(figures.map(({ panels }) => panels.length)).toEqual([2, 2, 3])
  })
})
