/**
 * Which of two ways of computing is faster for a run, on this machine: each is tried for about a second on the very
 * steps that are to be trained, in a process of its own, since TensorFlow reads these settings when it loads. What was
 * found is kept per machine and kind of step, and the first finding counts: runs of one kind are all computed alike.
 */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { RunConfig } from '@shared/config'
import { toErrorMessage } from '@shared/errors'
import { buildDataset } from '../datasets/index'
import { modelOf } from '../models/index'
import { startEngine } from './backend'
import { initialWeights } from './initial'
import { createLearner } from './learner'
import { adamW } from './optimizer'
import { stepOptions } from './precision'
import { createSampler } from './sampler'

/** What a process is to try. */
export const Trial = z.object({
  config: RunConfig,
  threads: z.int().positive().nullable(),
  oneDnn: z.boolean()
})
export type Trial = z.infer<typeof Trial>

export const TrialAnswer = z.discriminatedUnion('type', [
  /** Processor time of all threads a step, the least of a few blocks: what else runs hardly moves it. */
  z.object({ type: z.literal('timed'), cpuMs: z.number().positive(), gpu: z.boolean() }),
  z.object({ type: z.literal('failed'), message: z.string() })
])
export type TrialAnswer = z.infer<typeof TrialAnswer>

const blocks = 5
const blockMs = 250
/** A process that takes longer is ended. */
const limitMs = 120_000

/** Times the steps of a run on the native engine. Never throws: what fails is an answer too. */
export async function answerTrial({ config, threads, oneDnn }: Trial): Promise<TrialAnswer> {
  try {
    await startEngine('native', { threads, oneDnn, xla: config.engine.xla === 'on' })
    const dataset = buildDataset(config.dataset, config.seed)
    const sizes = { vocabSize: dataset.vocabulary.size, contextLength: dataset.contextLength }
    const model = modelOf(config.model)
    const { batchSize, seed } = config
    const optimizer = adamW(config.optimizer, model.parameters(config.model, sizes), {
      lossScale: config.engine.precision === 'amp-fp16'
    })
    const weights = initialWeights(config, sizes)
    const learner = createLearner(
      {
        ...{ model, config: config.model, optimizer, dataset, batchSize, seed, weights },
        record: true,
        stepOptions: stepOptions(config.engine)
      },
      {},
      {}
    )
    const sampler = createSampler(dataset.train.count, batchSize, seed)
    let step = 0
    const one = async (): Promise<void> => {
      const { loss, gradNorm } = learner.step(sampler.batch(step), step)
      step++
      await loss.data()
      tf.dispose([loss, gradNorm])
    }
    for (let i = 0; i < 3; i++) await one()
    let cpuMs = Infinity
    for (let i = 0; i < blocks; i++) {
      const [from, before, first] = [performance.now(), process.cpuUsage(), step]
      while (performance.now() - from < blockMs) await one()
      const { user, system } = process.cpuUsage(before)
      cpuMs = Math.min(cpuMs, (user + system) / 1000 / (step - first))
    }
    const gpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true
    return { type: 'timed', cpuMs, gpu }
  } catch (error) {
    return { type: 'failed', message: toErrorMessage(error).message }
  }
}

/** Asks another process of this entry. */
export function askTrial(entry: string, trial: Trial): Promise<TrialAnswer> {
  return new Promise((resolve) => {
    const child = fork(entry, [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      // Under Electron its binary has to be told to be Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    })
    const finish = (answer: TrialAnswer): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      resolve(answer)
    }
    const timer = setTimeout(() => finish({ type: 'failed', message: 'it took too long' }), limitMs)
    child.once('message', (message) => finish(TrialAnswer.parse(message)))
    child.once('error', ({ message }) => finish({ type: 'failed', message }))
    child.once('exit', () => finish({ type: 'failed', message: 'its process ended' }))
    child.send({ type: 'trial', trial })
  })
}

/** What was found about a kind of step. */
export const Finding = z.object({
  oneDnn: z.boolean(),
  /** Processor time a step, milliseconds. */
  cpuMs: z.object({ with: z.number(), without: z.number() }),
  /** Of the trial, YYYY-MM-DD. */
  date: z.iso.date()
})
export type Finding = z.infer<typeof Finding>

export interface TrialHost {
  /** Where findings are kept. */
  folder: string
  ask(trial: Trial): Promise<TrialAnswer>
  /** Unix time in milliseconds. */
  now(): number
}

/** Below this share of time saved, runs stay without oneDNN. */
const leastGain = 0.03

/**
 * Whether oneDNN gains for these steps: from what was found before, else by trial.
 * @returns null on a GPU, where it has no say, and a message where the trial failed
 */
export async function findOneDnn(
  config: RunConfig,
  threads: number | null,
  { folder, ask, now }: TrialHost
): Promise<Finding | { failed: string } | null> {
  const file = join(folder, `${kindOfStep(config, threads)}.json`)
  const known = readFinding(file)
  if (known) return known
  const times: number[] = []
  for (const oneDnn of [false, true]) {
    const answer = await ask({ config, threads, oneDnn })
    if (answer.type === 'failed') return { failed: answer.message }
    if (answer.gpu) return null
    times.push(Number(answer.cpuMs.toPrecision(4)))
  }
  const [without, withIt] = times as [number, number]
  const finding = {
    oneDnn: withIt < (1 - leastGain) * without,
    cpuMs: { with: withIt, without },
    date: new Date(now()).toISOString().slice(0, 10)
  }
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, JSON.stringify(finding), { flag: 'wx' })
  } catch {
    // Another run has just found it, or nothing can be kept here.
    return readFinding(file) ?? finding
  }
  return finding
}

/** The data set's settings decide the shapes and nothing else of a step's cost. */
function kindOfStep(config: RunConfig, threads: number | null): string {
  const { dataset, model, batchSize, optimizer, engine } = config
  const machine = [cpus()[0]?.model, availableParallelism(), threads]
  const kind = [machine, dataset, model, batchSize, optimizer, engine.precision, engine.xla]
  return createHash('sha256').update(JSON.stringify(kind)).digest('hex').slice(0, 32)
}

function readFinding(file: string): Finding | undefined {
  try {
    return Finding.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
