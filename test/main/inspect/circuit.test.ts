/** A model whose weights are set by hand, so that its circuit is known, must be read as it is. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Transformer1Config } from '@shared/config'
import { readLens } from '../../../src/main/inspect/lens'
import { unhurried } from '../../../src/main/inspect/pace'
import { createSubject, type Subject } from '../../../src/main/inspect/subject'
import { trace, type Patch } from '../../../src/main/inspect/trace'
import { transformer1 } from '../../../src/main/models/transformer1'
import { flatten, mapTree, type HostArray } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { trainable } from '../../support/engines'

/**
 * Tokens 0..4 and three positions. The stream's first 5 entries hold the position's own token, the next 5 what was
 * copied, the last 3 the position. Block 1: position 1 looks at position 0 and copies its token. Block 2: position 2
 * looks at position 1 and copies what that had copied. The head reads what was copied. So the answer at position 2
 * is the token of position 0, and it travels 0, then 1, then 2.
 */
const V = 5
const T = 3
const C = 2 * V + T
const config: Transformer1Config = {
  family: 'transformer1',
  nLayer: 2,
  dModel: C,
  nHead: 1,
  dHead: C,
  dMlp: 1
}
const [own, copied, place] = [0, V, 2 * V]

function circuit(): Subject {
  const empty = transformer1.parameters(config, { vocabSize: V, contextLength: T })
  const weights = mapTree(empty, ({ shape }): HostArray => {
    return { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) }
  })
  const named = new Map(flatten(weights))
  const set = (name: string, row: number, column: number, value: number): void => {
    const { shape, values } = named.get(name)!
    values[row * shape.at(-1)! + column] = value
  }
  for (let v = 0; v < V; v++) set('embed.W_E', v, own + v, 1)
  for (let t = 0; t < T; t++) set('pos_embed.W_pos', t, place + t, 1)
  // Query of position t and key of position t - 1 agree: softmax of a large score looks there alone.
  for (const block of [0, 1]) {
    for (let t = 1; t < T; t++) {
      set(`blocks.${block}.attn.W_Q`, place + t, t, 1000)
      set(`blocks.${block}.attn.W_K`, place + t - 1, t, 1)
    }
    const from = block === 0 ? own : copied
    for (let v = 0; v < V; v++) {
      set(`blocks.${block}.attn.W_V`, from + v, v, 1)
      // The second copy outweighs what position 2 got from position 1 in the first block.
      set(`blocks.${block}.attn.W_O`, v, copied + v, block === 0 ? 1 : 3)
      set('unembed.W_U', copied + v, v, 1)
    }
  }
  return createSubject(config, weights)
}

const prompts = [
  [0, 4, 2],
  [3, 1, 1],
  [2, 0, 4],
  [1, 3, 0]
]

describe.each(trainable)('on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('a known circuit yields its known trace', async () => {
      const subject = circuit()
      const pairs = prompts.map((normal) => ({
        normal,
        changed: normal.with(0, (normal[0]! + 1) % V)
      }))
      const patches: Patch[] = [0, 1, 2].flatMap((layer) =>
        [0, 1, 2].map((t) => ({ layer, positions: [t] }))
      )
      const { normal, changed, patched } = await trace(subject, pairs, patches, unhurried)
      expect([...normal]).toEqual(prompts.map(([first]) => first))
      expect([...changed]).toEqual(prompts.map(([first]) => (first! + 1) % V))
      const strength = patched.map(({ rank }) => rank.filter((r) => r > 0).length / rank.length)
      expect(strength).toEqual([
        ...[1, 0, 0], // before the first block it is at position 0 alone
        ...[0, 1, 0], // then at position 1
        ...[0, 0, 1] // then at position 2
      ])
      subject.dispose()
    })

    it('and reads as it goes: the token of position 0 at position 1, then at position 2', async () => {
      const subject = circuit()
      const targets = prompts.map(([first]) => [first!])
      const { ranks, shape } = await readLens(subject, prompts, targets, V, unhurried)
      expect(shape).toEqual([3, 4, T, 1])
      const at = (layer: number, t: number): number[] =>
        prompts.map((_, row) => ranks[(layer * prompts.length + row) * T + t]!)
      expect(at(1, 1)).toEqual([0, 0, 0, 0])
      expect(at(2, 2)).toEqual([0, 0, 0, 0])
      expect(at(1, 2)).not.toEqual([0, 0, 0, 0])
      subject.dispose()
    })
  })
})
