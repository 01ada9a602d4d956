import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '../../../src/main/trainer/backend'
import {
  filterGradients,
  grokfastScalar,
  grokfastShapes,
  type Grokfast
} from '../../../src/main/trainer/grokfast'
import { trainable } from '../../support/engines'
import { plainFilter } from '../../support/reference/optimizer'

interface Reference {
  gradients: number[][]
  ema: { alpha: number; lamb: number; out: number[][] }[]
  ma: { window: number; lamb: number; out: number[][] }[]
}
const file = fileURLToPath(new URL('../../fixtures/parity/grokfast/filters.json', import.meta.url))
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference
const cases: [string, Grokfast, number[][]][] = [
  ...reference.ema.map(({ alpha, lamb, out }): [string, Grokfast, number[][]] => [
    `EMA ${alpha}`,
    { filter: 'ema', alpha, lambda: lamb },
    out
  ]),
  ...reference.ma.map(({ window, lamb, out }): [string, Grokfast, number[][]] => [
    `MA ${window}`,
    { filter: 'ma', window, lambda: lamb },
    out
  ])
]

describe.each(trainable)('Grokfast on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each(cases)('%s equals the reference filter', (_title, grokfast, wanted) => {
      const n = reference.gradients[0]!.length
      const [tree] = Object.entries(grokfastShapes(grokfast, { w: { shape: [n] } }))
      const [name, shapes] = tree!
      const { shape } = (shapes as { w: { shape: number[] } }).w
      let memory = tf.zeros(shape)
      reference.gradients.forEach((values, i) => {
        const { got, next } = tf.tidy(() => {
          const scalar = tf.scalar(grokfastScalar(grokfast, i + 1))
          const filtered = filterGradients(
            grokfast,
            [tf.tensor1d(values)],
            { [name]: { w: memory } },
            scalar
          )
          return { got: filtered.gradients[0]!, next: filtered.state[name]![0]! }
        })
        memory.dispose()
        memory = next
        const largest = Math.max(...wanted[i]!.map(Math.abs))
        got.dataSync().forEach((x, k) => {
          expect(Math.abs(x - wanted[i]![k]!)).toBeLessThan(1e-6 * largest)
        })
        got.dispose()
      })
      memory.dispose()
    })
  })
})

describe('the plain filter that other tests rely on', () => {
  it.each(cases)('%s equals the reference filter in float64', (_title, grokfast, wanted) => {
    wanted.forEach((out, i) => {
      const got = plainFilter(reference.gradients.slice(0, i + 1), {
        ...{ alpha: 0, window: 1 },
        ...grokfast
      })
      got.forEach((x, k) => expect(Math.abs(x - out[k]!)).toBeLessThan(1e-9 * Math.abs(out[k]!)))
    })
  })
})
