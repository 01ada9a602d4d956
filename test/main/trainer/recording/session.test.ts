import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEngine } from '../../../../src/main/trainer/backend'
import {
  canRecord,
  eagerSession,
  recordedSession
} from '../../../../src/main/trainer/recording/index'
import type { Session, Tensors } from '../../../../src/main/trainer/recording/index'
import { trainable } from '../../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!

interface Counts {
  getNumOfSavedModels(): number
  getNumOfTFTensors(): number
}
const counts = (): Counts => tf.backend() as unknown as Counts

function values(tensors: Tensors): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const read = Array.from(tensor.dataSync())
      tensor.dispose()
      return [name, read]
    })
  )
}

const vector = (...numbers: number[]): tf.Tensor1D => tf.tensor1d(numbers)

describe.skipIf(native.skip)(`recorded session ${native.skip ?? ''}`, () => {
  let session: Session | undefined
  let total: tf.Variable
  const open = (constants: tf.Tensor[] = []): Session =>
    (session = recordedSession({ variables: [total], constants }))

  beforeAll(async () => {
    await startEngine('native')
  })
  beforeEach(() => {
    total = tf.tidy(() => tf.variable(vector(1, 2, 3)))
  })
  afterEach(() => {
    session?.dispose()
    session = undefined
    total.dispose()
  })

  /** total += factor x; returns what it was and what it is. */
  const add = ({ x }: { x: tf.Tensor }): { before: tf.Tensor; after: tf.Tensor } => {
    const before = total.clone()
    total.assign(total.add(x.mul(2)))
    return { before, after: total.clone() }
  }

  it('replays reads, arithmetic and assignments in their order', () => {
    const recording = open().recording('add', add)
    expect(values(recording.run({ x: vector(1, 1, 1) }))).toEqual({
      before: [1, 2, 3],
      after: [3, 4, 5]
    })
    expect(values(recording.run({ x: vector(0, 10, -1) }))).toEqual({
      before: [3, 4, 5],
      after: [3, 24, 3]
    })
  })

  it('lets all recordings share the variables; the tf.Variables are copied out and in on demand', () => {
    const { recording, pull, push } = open()
    const adding = recording('add', add)
    const sum = recording('sum', () => ({ sum: total.sum() }))
    tf.dispose(adding.run({ x: vector(1, 1, 1) }))
    expect(values(sum.run({}))).toEqual({ sum: [12] })
    expect(values({ total: total.clone() })).toEqual({ total: [1, 2, 3] })
    pull()
    expect(values({ total: total.clone() })).toEqual({ total: [3, 4, 5] })
    // What was pulled stays as it is while the session goes on.
    tf.dispose(adding.run({ x: vector(1, 1, 1) }))
    expect(values({ total: total.clone() })).toEqual({ total: [3, 4, 5] })
    tf.tidy(() => total.assign(vector(-1, 0, 1)))
    push()
    expect(values(sum.run({}))).toEqual({ sum: [0] })
  })

  it('starts from the values the variables have when it first runs', () => {
    const adding = open().recording('add', add)
    adding.trace({ x: vector(1, 1, 1) })
    tf.tidy(() => total.assign(vector(5, 5, 5)))
    expect(values(adding.run({ x: vector(1, 2, 3) }))['after']).toEqual([7, 9, 11])
  })

  it('records a new shape, and a later function, anew and carries the values over', () => {
    const data = tf.tensor1d([10, 20, 30], 'int32')
    const { recording } = open([data])
    const pickFirst = ({ rows }: { rows: tf.Tensor1D }): { picked: tf.Tensor } => {
      const picked = tf.gather(data, rows) // [B]
      total.assign(total.add(picked.sum()))
      return { picked }
    }
    const picking = recording('pick', pickFirst)
    const rows = (...numbers: number[]): { rows: tf.Tensor1D } => ({
      rows: tf.tensor1d(numbers, 'int32')
    })
    expect(values(picking.run(rows(2, 0)))).toEqual({ picked: [30, 10] })
    expect(values(picking.run(rows(1)))).toEqual({ picked: [20] })
    expect(values(picking.run(rows(0, 1)))).toEqual({ picked: [10, 20] })
    data.dispose()
    const read = recording('read', () => ({ total: total.clone() }))
    expect(values(read.run({}))).toEqual({ total: [91, 92, 93] })
    expect(counts().getNumOfSavedModels()).toBe(1)
  })

  it('fetches only what is asked for; assignments happen in any case', () => {
    const adding = open().recording('add', add)
    expect(values(adding.run({ x: vector(1, 1, 1) }, ['before']))).toEqual({ before: [1, 2, 3] })
    expect(adding.run({ x: vector(1, 1, 1) }, [])).toEqual({})
    expect(values(adding.run({ x: vector(0, 0, 0) }, ['after']))).toEqual({ after: [5, 6, 7] })
  })

  it('runs several steps in one call: a variable that was assigned is read with its new value', () => {
    const three = open().recording('three', ({ xs }: { xs: tf.Tensor }) => {
      for (const x of tf.unstack(xs)) total.assign(total.mul(total).add(x))
      return {}
    })
    three.run({ xs: tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]) })
    session!.pull()
    // ((p² + x0)² + x1)² + x2 by hand
    expect(values({ total: total.clone() })['total']).toEqual([16, 289, 6562])
  })

  it('records gradients', () => {
    const descend = open().recording('descend', ({ x }: { x: tf.Tensor }) => {
      const { value, grads } = tf.variableGrads(
        () => total.sub(x).square().sum() as tf.Scalar,
        [total]
      )
      total.assign(total.sub(grads[total.name]!.mul(0.25)))
      return { value, total: total.clone() }
    })
    // half the way to x each time
    expect(values(descend.run({ x: vector(3, 2, 1) }))).toEqual({ value: [8], total: [2, 2, 2] })
    expect(values(descend.run({ x: vector(3, 2, 1) }))).toEqual({
      value: [2],
      total: [2.5, 2, 1.5]
    })
  })

  it('writes captured tensors and numbers down with the value they have', () => {
    const captured = vector(1, 10, 100)
    const recording = open().recording('scale', ({ x }: { x: tf.Tensor }) => ({
      y: x.mul(captured).add(0.5)
    }))
    recording.trace({ x: vector(1, 1, 1) })
    captured.dispose()
    expect(values(recording.run({ x: vector(1, 2, 3) }))).toEqual({ y: [1.5, 20.5, 300.5] })
  })

  it('keeps a variable that was assigned a fed tensor after the feed is gone', () => {
    const replace = open().recording('replace', ({ x }: { x: tf.Tensor }) => {
      total.assign(x)
      return {}
    })
    for (let i = 0; i < 200; i++) {
      const x = vector(i, i + 1, i + 2)
      replace.run({ x })
      x.dispose()
    }
    session!.pull()
    expect(values({ total: total.clone() })).toEqual({ total: [199, 200, 201] })
  })

  describe('operations equal their eager results, bit for bit', () => {
    const a = [0.5, -1.5, 2, 0.25, -0.75, 3, 1, -2, 0.125, 4, -0.5, 1.5]
    const cases: Record<string, (x: tf.Tensor2D, ids: tf.Tensor1D) => tf.Tensor> = {
      'expandDims, without the type that tfjs-node leaves out': (x) =>
        x.expandDims(1).expandDims(-1),
      'a list of integers': (x) =>
        tf.conv2d(x.reshape([1, 3, 4, 1]), tf.ones([2, 2, 1, 1]), [1, 2], 'same'),
      'a number': (x) => tf.leakyRelu(x, 0.3),
      flags: (x) => tf.cumsum(x, 1, true, true),
      'several outputs': (x) => tf.concat(tf.split(x, 2, 1).reverse(), 1),
      'top k': (x) => tf.topk(x, 2).values,
      'one-hot and cast': (_x, ids) => tf.oneHot(ids, 5).cast('float32'),
      comparison: (x) => tf.where(x.greater(0), x, x.exp()),
      'integers and rounding': (x, ids) =>
        ids.mul(tf.scalar(3, 'int32')).add(x.slice([0, 0], [1, 3]).flatten().toInt()),
      gather: (x, ids) => tf.gather(x, ids),
      'segment sum': (x, ids) => tf.unsortedSegmentSum(x, ids, 4),
      'softmax of a product': (x) => tf.softmax(tf.matMul(x, x, false, true)),
      'a product with a bias': (x) => tf.matMul(x, x, true, false).add(vector(1, 2, 3, 4)),
      'a batched product and a column added': (x) =>
        tf.matMul(x.reshape([3, 2, 2]), x.reshape([3, 2, 2])).add(vector(1, 2)),
      'a product with a square added': (x) => tf.matMul(x, x, true).add(tf.eye(4)),
      reductions: (x) => tf.concat([x.mean(0), x.max(0), x.argMax(0).toFloat(), x.sum(1)]),
      'transpose, tile, pad': (x) =>
        x
          .transpose()
          .tile([1, 2])
          .pad(
            [
              [1, 0],
              [0, 1]
            ],
            7
          ),
      'nothing but the feed': (x) => x
    }
    it.each(Object.entries(cases))('%s', (_name, fn) => {
      const run = open().recording('op', ({ x, ids }: { x: tf.Tensor2D; ids: tf.Tensor1D }) => ({
        y: fn(x, ids)
      }))
      // Recorded with other numbers than replayed: only what was fed may show.
      run.trace({ x: tf.zeros([3, 4]), ids: tf.zeros([3], 'int32') })
      const feeds = { x: tf.tensor2d(a, [3, 4]), ids: tf.tensor1d([2, 0, 1], 'int32') }
      const eager = fn(feeds.x, feeds.ids)
      const { y } = run.run(feeds)
      expect(y!.shape).toEqual(eager.shape)
      expect(y!.dtype).toBe(eager.dtype)
      expect(Array.from(y!.dataSync())).toEqual(Array.from(eager.dataSync()))
    })
  })

  describe('refuses what cannot be recorded and leaves everything as it was', () => {
    let calls = 0
    const refusals: [string, (x: tf.Tensor1D) => unknown, RegExp][] = [
      [
        'reading values',
        (x) => ({ y: x.exp().mul(x.exp().dataSync()[0]!) }),
        /reads the values .* made by Exp/
      ],
      [
        'reading at the end',
        (x) => (x.sin().dataSync(), { y: x }),
        /reads the values .* made by Sin/
      ],
      [
        'random numbers of TensorFlow',
        (x) => ({ y: tf.multinomial(x, 2, 1) }),
        /Multinomial draws random/
      ],
      [
        'a counter',
        (x) => ({ y: x.cos().mul(calls++) }),
        /differs at .*Const.* must be a fed tensor/
      ],
      ['a longer second run', (x) => ({ y: calls++ % 2 ? x.exp() : x.exp().exp() }), /differs at/],
      ['text', () => ({ y: tf.tensor1d(['a']).reshape([1]) }), /only numbers/],
      ['an async function', (x) => Promise.resolve({ y: x }), /async/]
    ]
    it.each(refusals)('%s', (_name, fn, message) => {
      calls = 0
      const before = tf.memory().numTensors
      const recording = open().recording('bad', ({ x }: { x: tf.Tensor1D }) => {
        total.assign(total.neg())
        return fn(x) as Tensors
      })
      const x = vector(1, 2, 3)
      expect(() => recording.trace({ x })).toThrow(message)
      x.dispose()
      expect(tf.memory().numTensors).toBe(before)
      expect(values({ total: total.clone() })).toEqual({ total: [1, 2, 3] })
    })

    it('two recordings of one name, and use after disposal', () => {
      const { recording, dispose } = open()
      const run = recording('one', () => ({ total: total.clone() }))
      expect(() => recording('one', () => ({}))).toThrow(/name of its own/)
      expect(() => recording('a b', () => ({}))).toThrow(/name of its own/)
      dispose()
      expect(() => run.run({})).toThrow(/disposed/)
    })
  })

  it('holds a constant number of tensors and gives everything back', () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-test-'))
    const usual = process.env['TMPDIR']
    process.env['TMPDIR'] = home
    const before = { models: counts().getNumOfSavedModels(), tensors: counts().getNumOfTFTensors() }
    try {
      const data = vector(1, 2, 3)
      const adding = open([data]).recording('add', ({ x }: { x: tf.Tensor1D }) =>
        add({ x: x.mul(data) })
      )
      const step = (): void => {
        const x = vector(1, 1, 1)
        tf.dispose(adding.run({ x }))
        x.dispose()
      }
      step()
      expect(fs.readdirSync(home)).toEqual([])
      expect(counts().getNumOfSavedModels()).toBe(before.models + 1)
      const after = { here: tf.memory().numTensors, there: counts().getNumOfTFTensors() }
      for (let i = 0; i < 1000; i++) step()
      session!.pull()
      expect(tf.memory().numTensors).toBe(after.here)
      expect(counts().getNumOfTFTensors()).toBe(after.there)
      data.dispose()
    } finally {
      if (usual === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = usual
      fs.rmSync(home, { recursive: true })
    }
    session!.dispose()
    expect(counts().getNumOfSavedModels()).toBe(before.models)
    // the variable itself was not yet with TensorFlow when the counting began
    expect(counts().getNumOfTFTensors()).toBe(before.tensors + 1)
  })
})

describe('eager session', () => {
  it('answers as a recorded one does and holds nothing', async () => {
    await startEngine('cpu')
    expect(canRecord()).toBe(false)
    expect(() => recordedSession({ variables: [] })).toThrow(/native engine/)
    const total = tf.tidy(() => tf.variable(vector(1, 2)))
    const { recording, push, pull, dispose } = eagerSession()
    const step = recording('step', ({ x }: { x: tf.Tensor }) => {
      const before = total.clone()
      total.assign(total.add(x))
      return { before, after: total.clone() }
    })
    const x = vector(1, 1)
    const kept = tf.memory().numTensors
    step.trace({ x })
    expect(values(step.run({ x }))).toEqual({ before: [1, 2], after: [2, 3] })
    expect(values(step.run({ x }, ['after']))).toEqual({ after: [3, 4] })
    push()
    pull()
    dispose()
    expect(Array.from(total.dataSync())).toEqual([3, 4])
    expect(tf.memory().numTensors).toBe(kept)
  })
})
