import { describe, expect, it } from 'vitest'
import { RunConfig, type DatasetConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { drawKnowledge } from '../../../src/main/datasets/comparison'
import type { Dataset } from '../../../src/main/datasets/dataset'
import { buildDataset } from '../../../src/main/datasets/index'
import { choosePrompts } from '../../../src/main/inspect/prompts'
import { taskOf } from '../../../src/main/inspect/task'

const build = (input: object): { config: DatasetConfig; dataset: Dataset } => {
  const config = RunConfig.parse({ dataset: input }).dataset
  return { config, dataset: buildDataset(config, 3) }
}
const comparison = { kind: 'comparison', entities: 30, attributes: 3, values: 5, phi: 4 }

/** Token ids by the layout that data sets document: entities, attributes, values, six specials, labels. */
const ids = (E: number, A: number, V: number) => ({
  attribute: (a: number) => E + a,
  value: (v: number) => E + A + v,
  label: (a: number, order: number) => E + A + V + 6 + 3 * a + order
})

describe('the comparison task', () => {
  const { config, dataset } = build(comparison)
  const { values, entities } = drawKnowledge(
    { entities: 30, attributes: 3, values: 5 },
    dataset.seed
  )
  const id = ids(30, 3, 5)
  const valueOf = (a: number, e: number): number => values[a * entities + e]!
  const prompts = choosePrompts(
    { from: 'split', split: 'train_inferred', count: null, seed: 0 },
    config,
    dataset
  )

  it('knows the roles, values, labels and answer of every prompt', () => {
    expect(prompts.positions).toEqual(['a', '<q>', 'e1', '<mask>', 'e2'])
    prompts.tokens.forEach((prompt, i) => {
      const [a, e1, e2] = [prompt[0]! - 30, prompt[2]!, prompt[4]!]
      const order = Math.sign(valueOf(a, e1) - valueOf(a, e2)) + 1
      expect(prompts.task.lensTargets(prompt)).toEqual([
        { name: 'v1', at: 2, tokens: [id.value(valueOf(a, e1))] },
        { name: 'v2', at: 4, tokens: [id.value(valueOf(a, e2))] },
        { name: 'labels', at: 0, tokens: [0, 1, 2].map((n) => id.label(a, n)) },
        { name: 'answer', at: 4, tokens: [id.label(a, order)] }
      ])
      expect(prompts.answers![i]).toBe(id.label(a, order))
    })
  })

  it("changes an entity to one of the other's value, or beside it, that was compared in training", () => {
    const { train, contextLength: T } = dataset
    const compared = new Set<string>()
    for (let i = 0; i < train.count; i++) {
      const [a, , e1, , e2] = train.tokens.subarray(i * T, i * T + 5)
      if (a! >= 30 && a! < 33) compared.add(`${a} ${e1}`).add(`${a} ${e2}`)
    }
    const { changes } = prompts.task
    expect(changes.map(({ name, positions }) => [name, positions])).toEqual([
      ['a', [0, 1]],
      ['e1', [2, 3]],
      ['e2', [4]]
    ])
    const rng = createRng(1)
    let drawn = 0
    for (const prompt of prompts.tokens) {
      const byAttribute = changes[0]!.draw(prompt, rng)!
      expect(byAttribute.slice(1)).toEqual(prompt.slice(1))
      expect(byAttribute[0]).not.toBe(prompt[0])
      expect([30, 31, 32]).toContain(byAttribute[0])
      for (const [change, own, other] of [
        [changes[1]!, 2, 4],
        [changes[2]!, 4, 2]
      ] as const) {
        const changed = change.draw(prompt, rng)
        if (!changed) continue
        drawn++
        expect(changed.with(own, prompt[own]!)).toEqual(prompt)
        expect(changed[own]).not.toBe(prompt[own])
        expect(compared.has(`${prompt[0]} ${changed[own]}`)).toBe(true)
        const a = prompt[0]! - 30
        const [before, against, after] = [
          valueOf(a, prompt[own]!),
          valueOf(a, prompt[other]!),
          valueOf(a, changed[own]!)
        ]
        if (before === against) expect(Math.abs(after - against)).toBe(1)
        else expect(after).toBe(against)
      }
    }
    expect(drawn).toBeGreaterThan(prompts.tokens.length)
  })

  it('of facts by themselves asks for the value', () => {
    const atomic = choosePrompts(
      { from: 'split', split: 'ood_atomic', count: null, seed: 0 },
      config,
      dataset
    )
    expect(atomic.positions).toEqual(['e', 'attr'])
    atomic.tokens.forEach((prompt, i) => {
      const value = id.value(valueOf(prompt[1]! - 30, prompt[0]!))
      expect(atomic.task.lensTargets(prompt)).toEqual([{ name: 'value', at: 1, tokens: [value] }])
      expect(atomic.answers![i]).toBe(value)
      for (const change of atomic.task.changes) {
        const changed = change.draw(prompt, createRng(2))
        if (!changed) {
          // Only where no other attribute has another value.
          const all = [0, 1, 2].map((a) => valueOf(a, prompt[0]!))
          expect([change.name, new Set(all).size]).toEqual(['attr', 1])
          continue
        }
        expect(changed).not.toEqual(prompt)
        expect(valueOf(changed[1]! - 30, changed[0]!)).not.toBe(
          valueOf(prompt[1]! - 30, prompt[0]!)
        )
      }
    })
  })

  it('is found after facts in context too', () => {
    const { config, dataset } = build({ ...comparison, kind: 'in-context' })
    const prompts = choosePrompts(
      { from: 'split', split: 'test_context_iid', count: 20, seed: 0 },
      config,
      dataset
    )
    expect(prompts.positions.slice(6)).toEqual(['a', '<q>', 'e1', '<mask>', 'e2'])
    for (const prompt of prompts.tokens) {
      const [v1, v2, labels, answer] = prompts.task.lensTargets(prompt)!
      expect([v1!.at, v2!.at, labels!.at, answer!.at]).toEqual([8, 10, 6, 10])
      expect(labels!.tokens).toHaveLength(3)
    }
  })
})

describe('the composition task', () => {
  const { config, dataset } = build({
    ...{ kind: 'composition', entities: 40, relations: 8, degree: 4, phi: 2 },
    ...{ oodShare: 0.2, testShare: 0.1 }
  })
  const { contextLength: T, answers: K, train } = dataset
  const fact = new Map<string, number>()
  for (let i = 0; i < train.count; i++) {
    if (train.positions[i * K] !== 1) continue
    fact.set(`${train.tokens[i * T]} ${train.tokens[i * T + 1]}`, train.labels[i * K]!)
  }

  it('knows the bridge, and changes each token to a known fact of another tail', () => {
    const prompts = choosePrompts(
      { from: 'split', split: 'train_inferred', count: null, seed: 0 },
      config,
      dataset
    )
    expect(prompts.positions).toEqual(['h', 'r1', 'r2'])
    const tailOf = ([h, r1, r2]: readonly number[]): number | undefined =>
      fact.get(`${fact.get(`${h} ${r1}`)} ${r2}`)
    let drawn = 0
    prompts.tokens.forEach((prompt, i) => {
      const targets = prompts.task.lensTargets(prompt)!
      expect(targets.map(({ name, at }) => [name, at])).toEqual([
        ['bridge', 1],
        ['r2', 2],
        ['tail', 2]
      ])
      expect(targets[0]!.tokens).toEqual([fact.get(`${prompt[0]} ${prompt[1]}`)])
      expect(targets[2]!.tokens).toEqual([prompts.answers![i]])
      prompts.task.changes.forEach((change, position) => {
        const changed = change.draw(prompt, createRng(i))
        if (!changed) return
        drawn++
        expect(changed.with(position, prompt[position]!)).toEqual(prompt)
        expect(tailOf(changed)).toBeDefined()
        expect(tailOf(changed)).not.toBe(tailOf(prompt))
      })
    })
    expect(drawn).toBeGreaterThan(prompts.tokens.length)
  })
})

describe('modular arithmetic', () => {
  it.each(['nanda', 'power'])('knows x, y and the answer: %s', (format) => {
    const { config, dataset } = build({ kind: 'modular', operation: 'x/y', modulus: 11, format })
    const prompts = choosePrompts(
      { from: 'split', split: 'test', count: null, seed: 0 },
      config,
      dataset
    )
    const { x, y } = format === 'nanda' ? { x: 0, y: 1 } : { x: 1, y: 3 }
    prompts.tokens.forEach((prompt, i) => {
      const answer = prompts.answers![i]!
      expect((answer * prompt[y]!) % 11).toBe(prompt[x])
      const [target] = prompts.task.lensTargets(prompt)!
      expect(target).toEqual({ name: 'answer', at: prompt.length - 1, tokens: [answer] })
      for (const change of prompts.task.changes) {
        const changed = change.draw(prompt, createRng(i))
        if (!changed) {
          // 0 divided by anything is 0.
          expect([change.name, prompt[x]]).toEqual(['y', 0])
          continue
        }
        expect((answer * changed[y]!) % 11).not.toBe(changed[x])
        expect(changed[y]).toBeGreaterThan(0)
      }
    })
  })
})

describe('typed tokens', () => {
  const { config, dataset } = build(comparison)
  const typed = (tokens: string) => choosePrompts({ from: 'text', tokens }, config, dataset)

  it('may leave the brackets out, and find their answer where it is known', () => {
    const { tokens, positions, answers } = typed('attr_1 q e_3 <mask> e_4')
    expect(tokens).toEqual([[31, dataset.vocabulary.tokens.indexOf('<q>'), 3, 38, 4]])
    expect(positions).toEqual(['<attr_1>', '<q>', '<e_3>', '<mask>', '<e_4>'])
    expect(answers).toHaveLength(1)
    expect(typed('e_1 e_1').positions).toEqual(['<e_1> @0', '<e_1> @1'])
    expect(typed('e_1 e_1').answers).toBeNull()
  })

  it('are refused by name', () => {
    expect(() => typed('attr_1 q e_31 mask e_4')).toThrow(/"e_31" is not in the vocabulary/)
    expect(() => typed(' ')).toThrow(/no tokens/)
    expect(() => typed('e_1 '.repeat(7))).toThrow(/7 tokens are more than the 6/)
  })
})

it('a task is asked by the length of its prompt', () => {
  const { config, dataset } = build(comparison)
  expect(taskOf(config, dataset, 5).roles).toHaveLength(3)
  expect(taskOf(config, dataset, 2).roles).toHaveLength(2)
})
