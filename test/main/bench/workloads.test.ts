import { describe, expect, it } from 'vitest'
import { benchDataset, costTable, stepFlops, workloads } from '../../../src/main/bench/workloads'
import type { Workload } from '../../../src/main/bench/workloads'

const [gpt2, modular] = workloads as [Workload, Workload]

describe.each([...workloads, ...costTable.flatMap((axis) => axis.workloads)])('$name', (w) => {
  it('has rows whose ids and positions exist', () => {
    const { train, contextLength: T, answers: K } = benchDataset(w)
    expect(train.count).toBe(w.rows)
    expect(train.tokens).toHaveLength(w.rows * T)
    expect(train.labels).toHaveLength(w.rows * K)
    expect(train.tokens.every((id) => id >= 0 && id < w.vocabSize)).toBe(true)
    expect(train.labels.every((id) => id >= 0 && id < w.vocabSize)).toBe(true)
    expect(train.positions.every((position) => position >= 0 && position < T)).toBe(true)
  })
})

it('modular addition is that, each pair once', () => {
  const { train } = benchDataset(modular)
  const pairs = new Set<number>()
  for (let row = 0; row < train.count; row++) {
    const [a, b, equals] = train.tokens.slice(3 * row, 3 * row + 3) as unknown as number[]
    expect(train.labels[row]).toBe((a! + b!) % 113)
    expect(equals).toBe(113)
    pairs.add(113 * a! + b!)
  }
  expect(pairs.size).toBe(3830)
})

it('counts the matrix products of a step, one by one', () => {
  // [n, m] [m, k] for a batch of 2, two layers of width 8 with 2 heads, T 3, K 1, vocabulary 5, MLP 32.
  const model = { ...gpt2.model, nLayer: 2, dModel: 8, nHead: 2 } as Workload['model']
  const small: Workload = {
    ...gpt2,
    model,
    batchSize: 2,
    contextLength: 3,
    answers: 1,
    vocabSize: 5
  }
  const product = (n: number, m: number, k: number): number => 2 * n * m * k
  const heads = 2 * 2 // of all rows
  const first =
    product(6, 8, 24) + // queries, keys, values of 2 x 3 positions
    heads * (product(3, 4, 3) + product(3, 3, 4)) + // scores; weighted values
    product(6, 8, 8) +
    product(6, 8, 32) +
    product(6, 32, 8)
  const last =
    product(2, 8, 8) + // queries of 2 x 1 positions
    product(6, 8, 16) + // keys and values of all
    heads * (product(1, 4, 3) + product(1, 3, 4)) +
    product(2, 8, 8) +
    product(2, 8, 32) +
    product(2, 32, 8)
  expect(stepFlops(small)).toBe(3 * (first + last + product(2, 8, 5)))
})
