/** A recorded training step and evaluation against the same functions run eagerly. */
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Gpt2Config, OptimizerConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { gpt2 } from '../../../../src/main/models/gpt2'
import { models } from '../../../../src/main/models/index'
import {
  disposeTree,
  flatten,
  toHost,
  toVariables,
  unflatten
} from '../../../../src/main/models/params'
import type { HostArray, Tree } from '../../../../src/main/models/params'
import { startEngine } from '../../../../src/main/trainer/backend'
import { adamW, scalarsAt } from '../../../../src/main/trainer/optimizer'
import { initAdam } from '../../../../src/main/trainer/optimizer-state'
import { recordedSession } from '../../../../src/main/trainer/recording/index'
import type { Session } from '../../../../src/main/trainer/recording/index'
import { trainStep } from '../../../../src/main/trainer/step'
import { trainable } from '../../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!

const config = Gpt2Config.parse({ family: 'gpt2', nLayer: 2, dModel: 16, nHead: 2 })
const sizes = { vocabSize: 23, contextLength: 6 }
const shapes = gpt2.parameters(config, sizes)
const optimizer = adamW(OptimizerConfig.parse({ lr: 3e-3, warmup: 5 }), shapes)
const recipe = { model: models.gpt2, config, optimizer }
/** Rows of the data set, rows of a batch, targets of a row. */
const [n, B, K] = [200, 32, 2]

type Numbers = Record<string, readonly number[]>
interface Saved {
  weights: Tree<HostArray>
  first: Tree<HostArray>
  second: Tree<HostArray>
}

/** Everything of a run: data, weights and moments, the step as a function of rows and scalars. */
function newRun(saved?: Saved) {
  const rng = createRng(5, 'data')
  const draw = (width: number, below: number): tf.Tensor2D => {
    const values = Int32Array.from({ length: n * width }, () => rng.int(below))
    return tf.tensor2d(values, [n, width], 'int32')
  }
  const data = { tokens: draw(6, 23), positions: draw(K, 6), labels: draw(K, 23) }
  const weights = toVariables(saved?.weights ?? gpt2.init(config, sizes, createRng(1, 'init')))
  const moments = initAdam(shapes, saved)
  const batchOf = (rows: tf.Tensor1D) => ({
    tokens: tf.gather(data.tokens, rows), // [B, T]
    positions: tf.gather(data.positions, rows), // [B, K]
    labels: tf.gather(data.labels, rows), // [B, K]
    weights: tf.ones([rows.shape[0], K]) as tf.Tensor2D // [B, K]
  })
  const step = ({ rows, scalars }: ReturnType<typeof feedsAt>) =>
    trainStep(recipe, weights, moments, batchOf(rows), scalars)
  const evaluate = ({ rows }: { rows: tf.Tensor1D }) => {
    const { tokens, positions } = batchOf(rows)
    return { logits: recipe.model.forward(config, weights, tokens, { positions }) } // [B, K, V]
  }
  const trees = [weights, moments.first, moments.second]
  const variables = trees.flatMap((tree) => flatten(tree).map(([, variable]) => variable))
  return {
    step,
    evaluate,
    residents: { variables, constants: Object.values(data) },
    async host(): Promise<Saved> {
      const [w, first, second] = await Promise.all(trees.map(copyOf))
      return { weights: w!, first: first!, second: second! }
    },
    dispose() {
      trees.forEach(disposeTree)
      tf.dispose(data)
    }
  }
}

async function copyOf(tree: Tree<tf.Variable>): Promise<Tree<HostArray>> {
  const arrays = await toHost(tree)
  return unflatten(
    tree,
    arrays.map(([, array]) => array)
  )
}

function rowsAt(step: number, size = B): Int32Array {
  const rng = createRng(step, 'rows')
  return Int32Array.from({ length: size }, () => rng.int(n))
}

function feedsAt(step: number, size = B): { rows: tf.Tensor1D; scalars: tf.Tensor1D } {
  return {
    rows: tf.tensor1d(rowsAt(step, size), 'int32'),
    scalars: tf.tensor1d(scalarsAt(optimizer, step), 'float32')
  }
}

function read(tensors: Record<string, tf.Tensor>): Numbers {
  const numbers = Object.entries(tensors).map(([name, t]) => [name, Array.from(t.dataSync())])
  tf.dispose(tensors)
  return Object.fromEntries(numbers) as Numbers
}

describe.skipIf(native.skip)(`a recorded run ${native.skip ?? ''}`, () => {
  let opened: { run: ReturnType<typeof newRun>; session: Session }[]
  beforeAll(async () => {
    await startEngine('native')
  })
  beforeEach(() => {
    opened = []
  })
  afterEach(() => {
    for (const { run, session } of opened) {
      session.dispose()
      run.dispose()
    }
  })

  function open(saved?: Saved) {
    const run = newRun(saved)
    const session = recordedSession(run.residents)
    opened.push({ run, session })
    const training = session.recording('step', run.step)
    return {
      ...run,
      session,
      evaluation: session.recording('evaluation', run.evaluate),
      train(step: number, size = B): Numbers {
        const feeds = feedsAt(step, size)
        const numbers = read(training.run(feeds))
        tf.dispose(feeds)
        return numbers
      }
    }
  }

  it('has the losses of an eager one over 30 steps, and the same weights and logits after them', async () => {
    const eager = newRun()
    const recorded = open()
    for (let step = 0; step < 30; step++) {
      const size = step % 7 === 6 ? 11 : B // the smaller last batch of an epoch
      const feeds = feedsAt(step, size)
      const wanted = read(eager.step(feeds))
      tf.dispose(feeds)
      const got = recorded.train(step, size)
      for (const name of ['loss', 'gradNorm']) {
        const [a, b] = [got[name]![0]!, wanted[name]![0]!]
        expect(Math.abs(a - b) / b).toBeLessThan(1e-6)
      }
    }
    const rows = tf.tensor1d(rowsAt(99), 'int32')
    const wanted = read(tf.tidy(() => eager.evaluate({ rows })))['logits']!
    const got = read(recorded.evaluation.run({ rows }))['logits']!
    rows.dispose()
    expect(Math.max(...got.map((x, i) => Math.abs(x - wanted[i]!)))).toBeLessThan(1e-5)

    recorded.session.pull()
    const [mine, theirs] = [await recorded.host(), await eager.host()]
    for (const part of ['weights', 'first', 'second'] as const) {
      const others = new Map(flatten(theirs[part]))
      for (const [name, { values }] of flatten(mine[part])) {
        const other = others.get(name)!.values
        const difference = values.map((x, i) => Math.abs(x - other[i]!))
        expect(Math.max(...difference), `${part} ${name}`).toBeLessThan(1e-5)
      }
    }
    eager.dispose()
  })

  it('gives the same numbers twice, bit for bit, evaluated in between or not', async () => {
    const [a, b] = [open(), open()]
    const rows = tf.tensor1d(rowsAt(99), 'int32')
    for (let step = 0; step < 20; step++) {
      if (step % 5 === 0) tf.dispose(b.evaluation.run({ rows }))
      expect(b.train(step)).toEqual(a.train(step))
    }
    rows.dispose()
    for (const { session } of [a, b]) session.pull()
    expect(await b.host()).toEqual(await a.host())
  })

  it('goes on from saved arrays as if it had never stopped, bit for bit', async () => {
    const whole = open()
    for (let step = 0; step < 10; step++) whole.train(step)
    whole.session.pull()
    const saved = await whole.host()
    const resumed = open(saved)
    for (let step = 10; step < 20; step++) expect(resumed.train(step)).toEqual(whole.train(step))
    for (const { session } of [whole, resumed]) session.pull()
    expect(await resumed.host()).toEqual(await whole.host())
  })

  it('runs four steps in one call with the numbers of four calls', async () => {
    const one = open()
    const four = open()
    const losses: number[] = []
    for (let step = 0; step < 8; step++) losses.push(one.train(step)['loss']![0]!)
    type Many = { rows: tf.Tensor2D; scalars: tf.Tensor2D }
    const steps = four.session.recording('steps', ({ rows, scalars }: Many) => {
      const many = tf.unstack(scalars).map((each, i) => {
        const batch = rows.slice([i, 0], [1, -1]).flatten() as tf.Tensor1D // [B]
        return four.step({ rows: batch, scalars: each as tf.Tensor1D }).loss
      })
      return { losses: tf.stack(many) } // [steps]
    })
    const together: number[] = []
    for (const from of [0, 4]) {
      const at = [0, 1, 2, 3].map((i) => from + i)
      const feeds = {
        rows: tf.tensor2d(Int32Array.from(at.flatMap((s) => [...rowsAt(s)])), [4, B], 'int32'),
        scalars: tf.tensor2d(at.map((s) => scalarsAt(optimizer, s)))
      }
      together.push(...read(steps.run(feeds))['losses']!)
      tf.dispose(feeds)
    }
    losses.forEach((loss, i) => expect(Math.abs(together[i]! - loss) / loss).toBeLessThan(1e-6))
  })

  it('holds a constant amount of memory over a thousand steps', () => {
    const { train } = open()
    const backend = tf.backend() as unknown as { getNumOfTFTensors(): number }
    for (let step = 0; step < 300; step++) train(step)
    const before = { here: tf.memory().numTensors, there: backend.getNumOfTFTensors() }
    const bytes = process.memoryUsage().rss
    for (let step = 0; step < 1000; step++) train(step)
    expect({ here: tf.memory().numTensors, there: backend.getNumOfTFTensors() }).toEqual(before)
    // A step makes about 1 MB of tensors: a leak of a few percent of them would show.
    expect(process.memoryUsage().rss - bytes).toBeLessThan(40e6)
  })
})
