/**
 * Grokscope's side: the child process of one contender. It drives the trainer's own learner, the very code a run is
 * trained with, and answers on standard output; whatever a library prints goes to standard error.
 */
import { createInterface } from 'node:readline'
import * as tf from '@tensorflow/tfjs'
import { toErrorMessage } from '@shared/errors'
import { createRng } from '@shared/rng'
import { modelOf } from '../models/index'
import { startEngine } from '../trainer/backend'
import { createLearner } from '../trainer/learner'
import type { Learner, StepResult } from '../trainer/learner'
import { adamW } from '../trainer/optimizer'
import { createSampler } from '../trainer/sampler'
import { checkedSteps, lossEvery } from './contenders'
import type { Replies, Reply, Request, StartRequest, StepCheck } from './contenders'
import { profileSteps } from './profile'
import { benchDataset, benchOptimizer, benchSeed } from './workloads'

/** Answers requests, a line each, until standard input ends. */
export async function serveContender(): Promise<void> {
  let training: Training | undefined
  const started = (): Training => {
    if (!training) throw new Error('The first request must be start.')
    return training
  }
  for await (const line of createInterface({ input: process.stdin })) {
    let reply: Reply
    try {
      reply = { ok: await answer(JSON.parse(line) as Request) }
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      const { code, message, hint } = toErrorMessage(error)
      reply = { error: { code, message, hint } }
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }

  async function answer(request: Request): Promise<Replies[keyof Replies]> {
    switch (request.type) {
      case 'start': {
        const { engine, ...rest } = await startTraining(request)
        training = rest
        return { ...engine, checks: await firstSteps(rest) }
      }
      case 'block':
        return block(started(), request.steps)
      case 'matmul':
        return { gflops: await matmulRate(request.size) }
      case 'memory':
        // Linux and macOS alike: libuv gives kilobytes.
        return { peakBytes: process.resourceUsage().maxRSS * 1024 }
      case 'profile': {
        const step = (): void => {
          const { loss, gradNorm } = nextStep(started())
          tf.dispose([loss, gradNorm])
        }
        return { ops: profileSteps(step, request.steps) }
      }
      default:
        return request satisfies never
    }
  }
}

interface Training {
  learner: Learner
  rows(step: number): Int32Array
  /** Steps done so far. */
  step: number
}

async function startTraining({
  workload,
  contender
}: StartRequest): Promise<Training & { engine: Omit<Replies['start'], 'checks'> }> {
  if (contender.runtime !== 'node') throw new Error(`${contender.name} is no contender of Node's.`)
  const { version, detail } = await startEngine(contender.engine)
  const dataset = benchDataset(workload)
  const { model: config, contextLength, vocabSize, batchSize } = workload
  const model = modelOf(config)
  const weights = model.init(config, { vocabSize, contextLength }, createRng(benchSeed, 'init'))
  const optimizer = adamW(benchOptimizer, weights)
  const sampler = createSampler(dataset.train.count, batchSize, benchSeed)
  const { record } = contender
  const learner = createLearner(
    { model, config, optimizer, dataset, batchSize, seed: benchSeed, weights, record },
    {},
    {}
  )
  if (learner.recorded !== record) throw new Error(`${contender.name} did not record as asked.`)
  const versions = {
    node: process.versions.node,
    tfjs: tf.version['tfjs-core'],
    ...(contender.engine === 'native' && { tensorflow: version })
  }
  const gpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true
  return {
    learner,
    rows: (step) => sampler.batch(step),
    step: 0,
    engine: { versions, device: detail, gpu }
  }
}

async function firstSteps(training: Training): Promise<StepCheck[]> {
  const checks: StepCheck[] = []
  while (checks.length < checkedSteps) {
    const { loss, gradNorm } = nextStep(training)
    const [[l], [n]] = await Promise.all([loss.data(), gradNorm.data()])
    tf.dispose([loss, gradNorm])
    checks.push({ loss: l!, gradNorm: n! })
  }
  return checks
}

/** Times so many steps; the loss is read as often as a run reads it. */
async function block(training: Training, steps: number): Promise<Replies['block']> {
  const start = performance.now()
  const before = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    const { loss, gradNorm } = nextStep(training)
    if (i % lossEvery === 0 || i === steps - 1) await loss.data()
    tf.dispose([loss, gradNorm])
  }
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { ms, cpuMs: (user + system) / 1000 }
}

function nextStep(training: Training): StepResult {
  const step = training.step++
  return training.learner.step(training.rows(step), step)
}

/** Billions of floating point operations a second, products of two [size, size] float32 matrices, the best of many. */
async function matmulRate(size: number): Promise<number> {
  const a = tf.fill([size, size], 1 / size)
  let best = Infinity
  tf.matMul(a, a).dispose()
  for (const from = performance.now(); performance.now() - from < 500;) {
    const start = performance.now()
    const product = tf.matMul(a, a)
    const corner = product.slice([0, 0], [1, 1])
    await corner.data()
    best = Math.min(best, performance.now() - start)
    tf.dispose([product, corner])
  }
  a.dispose()
  return (2 * size ** 3) / best / 1e6
}
