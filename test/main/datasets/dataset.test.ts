import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  contentHash,
  decodeRow,
  emptyExamples,
  type Dataset
} from '../../../src/main/datasets/dataset'

/** Two rows over a vocabulary of three tokens: T = 2, K = 1. */
function twoRows(): Omit<Dataset, 'hash'> {
  const train = emptyExamples(2, 2, 1)
  train.tokens.set([0, 1, 2, -1])
  train.positions.set([1, 0])
  train.labels.set([2, 256])
  return {
    kind: 'example',
    vocabulary: { tokens: ['a', 'b', 'φ'], size: 3 },
    contextLength: 2,
    answers: 1,
    train,
    trainParts: [{ name: 'all', count: 2 }],
    splits: {
      probe: {
        count: 1,
        tokens: Int32Array.of(1, 1),
        positions: Int32Array.of(1),
        labels: Int32Array.of(0)
      }
    },
    pools: { probe: 1 },
    seed: 1
  }
}

describe('contentHash', () => {
  test('is sha256 over exactly the documented bytes', () => {
    const int = (...ns: number[]): string =>
      ns
        .map((n) => [0, 8, 16, 24].map((s) => String.fromCharCode((n >>> s) & 255)).join(''))
        .join('')
    const text =
      'grokscope dataset 1\nkind example\nshape 2 1\nvocabulary 3\na\nb\n\u00cf\u0086\n' +
      `examples train 2\n${int(0, 1, 2, -1, 1, 0, 2, 256)}examples probe 1\n${int(1, 1, 1, 0)}`
    const expected = createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex')
    expect(contentHash(twoRows())).toBe(expected)
  })

  test('reads views at their own place in a buffer', () => {
    const [plain, shifted] = [twoRows(), twoRows()]
    const buffer = Int32Array.of(9, 9, ...shifted.train.tokens, 9)
    shifted.train.tokens = buffer.subarray(2, 6)
    expect(contentHash(shifted)).toBe(contentHash(plain))
  })

  test.each<[string, (d: Omit<Dataset, 'hash'>) => void]>([
    ['a token', (d) => d.train.tokens.fill(1)],
    ['a label', (d) => d.train.labels.fill(1)],
    ['a position', (d) => d.train.positions.fill(1)],
    ['a probe', (d) => d.splits['probe']!.labels.fill(1)],
    ['the name of a split', (d) => (d.splits = { other: d.splits['probe']! })],
    ['the vocabulary', (d) => (d.vocabulary = { tokens: ['a', 'b', 'c'], size: 3 })],
    ['the kind', (d) => (d.kind = 'other')]
  ])('changes with %s', (_, change) => {
    const changed = twoRows()
    change(changed)
    expect(contentHash(changed)).not.toBe(contentHash(twoRows()))
  })
})

test('decodeRow gives the tokens, positions and targets of one row', () => {
  const dataset = twoRows()
  expect(decodeRow(dataset, dataset.train, 0)).toEqual({
    tokens: ['a', 'b'],
    positions: [1],
    targets: ['φ']
  })
})
