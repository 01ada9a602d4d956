import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { profileSteps, profileText } from '../../../src/main/bench/profile'
import { startEngine } from '../../../src/main/trainer/backend'
import { trainable } from '../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!

describe.skipIf(native.skip)(`the profile of a step ${native.skip ?? ''}`, () => {
  beforeAll(async () => {
    await startEngine('native')
  })

  it('counts what a step runs, by operation and shapes, and leaves the engine as it was', () => {
    const w = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
    const step = (): void =>
      tf.tidy(() => {
        const x = tf.tensor2d([1, 1], [1, 2])
        tf.matMul(x, w).square()
        tf.matMul(x, w).square()
      })
    const ops = profileSteps(step, 3)
    const counted = ops.map(({ op, shapes, calls }) => [op, shapes, Math.round(calls)])
    expect(counted).toContainEqual(['BatchMatMulV2', '1x2 2x3', 2])
    expect(counted).toContainEqual(['Square', '1x3', 2])
    expect(ops.every(({ msPerStep }) => msPerStep >= 0)).toBe(true)
    const times = ops.map(({ msPerStep }) => msPerStep)
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(Array.from(tf.matMul(tf.ones([1, 2]), w).dataSync())).toEqual([5, 7, 9])
    w.dispose()
  })

  it('puts the engine back where a step fails', () => {
    const failing = (): void => {
      throw new Error('no step')
    }
    expect(() => profileSteps(failing, 1)).toThrow('no step')
    expect(tf.scalar(2).square().dataSync()[0]).toBe(4)
  })
})

it('sums by operation, most first, and lists shapes', () => {
  const op = (op: string, shapes: string, msPerStep: number) => ({
    ...{ op, shapes, msPerStep },
    calls: 1
  })
  const text = profileText([op('Mul', '8x8', 3), op('Add', '4', 2), op('Mul', '4', 2.5)], 2)
  expect(text.split('\n')).toEqual([
    '7.5 ms of processor time a step, operation by operation',
    '  cpu ms share calls  operation',
    '    5.50  73 %     2  Mul',
    '    2.00  27 %     1  Add',
    '',
    '  cpu ms share calls  operation and shapes of its inputs',
    '    3.00  40 %     1  Mul 8x8',
    '    2.00  27 %     1  Add 4'
  ])
})
