/**
 * The training loop, whole. It is an ordinary async function: engine, time and channel are arguments. Events go out
 * through `emit`, commands come in through `inbox`; no process, port or SQL in here.
 *
 * Step s is the state after s updates: step 0 is evaluated before the first update. The order of examples, the
 * learning rate and what is due are functions of the step alone, so a run resumed from the checkpoint of step s
 * goes on exactly as if it had never stopped.
 */
import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs'
import type { RunConfig } from '@shared/config'
import { EngineInfo } from '@shared/events'
import type { Job, MetricValues, Outcome, TrainerCommand, TrainerMessage } from '@shared/events'
import { UserError } from '@shared/errors'
import type { ForkOrigin } from '@shared/fork'
import type { AccuracyCurve } from '@shared/milestones'
import { evaluationFlops, stepCost, type StepCost } from '@shared/model-cost'
import { splitsOf } from '@shared/splits'
import { measuredJobs } from '@shared/checkpoint-measures'
import { stopReason } from '@shared/stop-rules'
import {
  checkpointName,
  newestCheckpoint,
  pruneCheckpoints,
  stateOf,
  treeOf,
  writeCheckpoint,
  type CheckpointContent,
  type NamedArrays
} from './checkpoint'
import type { Dataset } from '../datasets/dataset'
import { buildDataset } from '../datasets/index'
import { modelOf } from '../models/index'
import { countParameters, type HostArray } from '../models/params'
import { evaluate, finite, rowMeasures, weightMeasures } from './evaluate'
import type { Inbox } from './inbox'
import { createLearner, type StepResult } from './learner'
import { initialWeights, normOf } from './initial'
import { adamW, learningRate } from './optimizer'
import { stateShapes, type OptimizerState } from './optimizer-state'
import { createPace } from './pace'
import { stepOptions } from './precision'
import { openRunFolder, readEvaluations } from './run-folder'
import { additionProbe, evaluateProgress } from './progress-measures'
import { createSampler } from './sampler'
import { boardFolder, openTensorBoard, type TensorBoardWriter } from '../tensorboard/writer'
import { openRing, watchedMetric, type Ring } from './ring'
import { checkpointDue, evaluationDue, lossDue, ringDue } from './schedule'

export interface TrainHost {
  /**
   * Makes an engine tfjs's current backend.
   * @param flops floating point operations that lie ahead
   */
  startEngine(flops: number): Promise<EngineInfo>
  emit(message: TrainerMessage): void
  inbox: Inbox
  /** Numbers of the inspect jobs that the run names, of weights as they are now. */
  measure(config: RunConfig, dataset: Dataset, weights: NamedArrays): Promise<MetricValues>
  /** Unix time in milliseconds: a wall clock, which may be set back or forward at any moment. */
  now: () => number
  /** Milliseconds that only ever rise: durations are measured with it. */
  clock: () => number
}

/** Commands are heard at least this often, as long as one step is shorter. */
const breatheMs = 20
/** Progress is told, and batch losses are read from the engine and written, this often. */
const reportMs = 200

/**
 * Trains a job in its run folder until its budget or a command ends it.
 * @returns how it ended. A failure is recorded in the folder, then thrown.
 * @throws {UserError} where the data set cannot be built, the disk is full or the loss is no number any more.
 */
export async function train(job: Job, host: TrainHost): Promise<Outcome> {
  const { config } = job
  // An extension changes when the run ends, and nothing that is learned by a given step.
  const steps = job.steps ?? config.budget.steps
  const { emit, inbox, now, clock } = host
  const folder = openFolder()
  let board: TensorBoardWriter | undefined
  function say(body: Parameters<typeof folder.append>[0]): void {
    const event = folder.append(body)
    board?.append(event)
    emit({ type: 'event', event })
  }
  let step = 0

  try {
    if (config.evaluation.tensorboard) board = openTensorBoard(boardFolder(job.folder), now())
    return await run()
  } catch (error) {
    const end = { type: 'ended', step, outcome: 'failed', error: wordsOf(error) } as const
    emit({ type: 'event', event: folder.lastWord(end) })
    throw error
  } finally {
    board?.close()
    folder.close()
  }

  /** On a full disk the message is the only way left to say why: neither the folder nor a log takes a word. */
  function openFolder(): ReturnType<typeof openRunFolder> {
    try {
      return openRunFolder(job.folder, now)
    } catch (error) {
      const end = { type: 'ended', step: 0, outcome: 'failed', error: wordsOf(error) } as const
      emit({ type: 'event', event: { seq: 1, at: now(), ...end } })
      throw error
    }
  }

  async function run(): Promise<Outcome> {
    // Data
    const dataset = buildDataset(config.dataset, config.seed)
    const cost = costOf(config, dataset)
    const { detail, ...engine } = await host.startEngine(steps * cost.flopsPerStep)
    const sizes = { vocabSize: dataset.vocabulary.size, contextLength: dataset.contextLength }
    const sampler = createSampler(
      dataset.train.count,
      config.batchSize,
      config.orderSeed ?? config.seed
    )

    // Model and optimizer: fresh, or from the newest checkpoint
    const model = modelOf(config.model)
    const shapes = model.parameters(config.model, sizes)
    const { fork } = job
    const damaged: number[] = []
    const saved =
      job.resume || fork ? newestCheckpoint(job.folder, (at) => damaged.push(at)) : undefined
    if (fork && !saved) throw lostFork(fork)
    /** At the very step of the fork: what the parent evaluated there is not in this run's lines. */
    const begins = fork !== undefined && fork !== null && fork.step === saved?.step
    const anew = fork?.moments === 'reset'
    // A run that keeps its first norm needs it again when it is resumed; the weights are drawn as before.
    const drawn = !saved || config.optimizer.keepNorm ? initialWeights(config, sizes) : undefined
    const optimizer = adamW(config.optimizer, shapes, {
      steps: config.budget.steps,
      fixedNorm: config.optimizer.keepNorm ? normOf(drawn!) : null,
      ...(anew && { since: fork.step }),
      lossScale: config.engine.precision === 'amp-fp16'
    })
    const probe = config.evaluation.fourier ? additionProbe(config.dataset, dataset) : null
    const options = {
      model,
      inputs: probe?.inputs,
      config: config.model,
      optimizer,
      dataset,
      batchSize: config.batchSize,
      seed: config.seed,
      record: job.engine !== 'eager',
      stepOptions: stepOptions(config.engine),
      ...(saved
        ? {
            weights: treeOf(shapes, saved.weights),
            ...(!(begins && anew) && {
              state: stateOf<OptimizerState<HostArray>>(stateShapes(optimizer, shapes), saved.state)
            })
          }
        : { weights: drawn! })
    }
    const learner = createLearner(options, rowMeasures, weightMeasures)

    // What is due when
    const evaluations = evaluationDue(config.evaluation, steps)
    const losses = lossDue(config.evaluation.lossEvery, steps)
    const checkpoints = checkpointDue(config.checkpoints, steps)
    const inRing = ringDue(config.checkpoints, steps)
    const pace = createPace()

    step = saved?.step ?? 0
    let evaluatedAt = begins ? -1 : (saved?.evaluatedAt ?? -1)
    let checkpointedAt = saved?.step ?? -1
    let ending: TrainerCommand | undefined
    const measures = measuredJobs(config.checkpoints)
    const evaluated = new Map(readEvaluations(job.folder, evaluatedAt, 'accuracy/'))
    const ring = config.checkpoints.ring > 0 ? openWatchedRing() : null
    const began = step
    let measuredAt = -1
    const unread: (StepResult & { step: number; lr: number })[] = []
    let reported = { step, at: clock() }
    let stepMs = 0

    say({
      type: 'started',
      step,
      steps,
      stepsPerEpoch: sampler.stepsPerEpoch,
      engine: EngineInfo.parse({
        ...engine,
        detail: `${detail}, ${learner.recorded ? 'recorded' : 'eager'} steps`
      }),
      parameterCount: countParameters(shapes),
      cost,
      datasetHash: dataset.hash,
      ...(saved && job.resume && { resumedFrom: saved.step }),
      ...(damaged.length > 0 && { damaged })
    })
    if (begins) say({ type: 'checkpoint', step, name: checkpointName(step) })
    try {
      for (;;) {
        const due = evaluations.at(step) || (begins && step === fork.step)
        if (due && evaluatedAt !== step) await evaluateAll()
        if (step === began && lacksMeasures()) await measure(await content())
        if (!(await breathe())) break
        if (checkpoints.at(step)) await checkpoint()
        if (ring && inRing(step)) ring.add(await content(), now())
        if (step >= steps || stopped() !== null) break

        const from = clock()
        do {
          trainOneStep()
        } while (
          clock() - from < breatheMs &&
          step < steps &&
          !evaluations.at(step) &&
          !checkpoints.at(step) &&
          !inRing(step)
        )
        stepMs += clock() - from
        if (clock() - reported.at >= reportMs) await report()
      }
      await report()
      await checkpoint()
      return end()
    } finally {
      learner.dispose()
      for (const { loss, gradNorm } of unread) tf.dispose([loss, gradNorm])
    }

    function trainOneStep(): void {
      const rows = sampler.batch(step)
      const result = learner.step(rows, step)
      if (losses.at(step + 1)) {
        unread.push({ ...result, step: step + 1, lr: learningRate(optimizer, step) })
      } else tf.dispose([result.loss, result.gradNorm])
      step++
    }

    async function evaluateAll(): Promise<void> {
      await report()
      const from = clock()
      const values = await evaluate(learner, dataset.splits, step, breathe)
      const further = probe && values && (await evaluateProgress(learner, probe, breathe))
      // A command ended the run in the middle: a resumed run evaluates this step anew.
      if (!values || (probe && !further)) return
      Object.assign(values, further)
      say({ type: 'metrics', step, values })
      evaluatedAt = step
      evaluated.set(step, values)
      for (const kept of ring?.evaluated(step, values) ?? []) {
        say({ type: 'checkpoint', step: kept, name: checkpointName(kept) })
      }
      pace.evaluation(clock() - from)
      reported = { step, at: clock() }
    }

    /** Why the run ends at this evaluation, before its budget; null where it goes on. */
    function stopped(): string | null {
      if (config.budget.stop === 'never' || evaluatedAt !== step) return null
      const curves = splitsOf[config.dataset.kind].map(({ name, role }): AccuracyCurve => {
        const points = [...evaluated].flatMap(([at, values]) => {
          const value = values[`accuracy/${name}`]
          return value === undefined ? [] : [[at, value] as const]
        })
        return { split: name, role, points }
      })
      return stopReason(config.budget, curves, step)
    }

    /** Reads the waiting batch losses, writes them, and tells how far the run is. */
    async function report(): Promise<void> {
      for (const { step: at, lr, loss, gradNorm } of unread.splice(0)) {
        const [[batchLoss], [norm]] = await Promise.all([loss.data(), gradNorm.data()])
        tf.dispose([loss, gradNorm])
        const values = { batchLoss: finite(batchLoss!), gradNorm: finite(norm!), lr }
        say({ type: 'metrics', step: at, values })
        if (values.batchLoss === null) throw divergence(at)
      }
      if (step > reported.step) pace.steps(step - reported.step, stepMs)
      stepMs = 0
      reported = { step, at: clock() }
      const left = { evaluations: evaluations.left(step), checkpoints: checkpoints.left(step) }
      emit({ type: 'progress', progress: pace.progress(step, steps, left) })
    }

    function openWatchedRing(): Ring {
      const metric = watchedMetric(config.checkpoints, config.dataset.kind)
      const history = readEvaluations(job.folder, evaluatedAt, metric).map(
        ([at, values]) => [at, values[metric] ?? null] as const
      )
      return openRing(job.folder, config.checkpoints, metric, history, step)
    }

    /** All that is to be saved of this step. */
    async function content(): Promise<CheckpointContent> {
      // transformers keeps keys it does not know: the weights still say what they were trained on when they come back.
      const grokscope = { version: 1, config }
      const hfConfig = { ...model.hfConfig(config.model, sizes), grokscope }
      return { step, evaluatedAt, ...(await learner.read()), hfConfig }
    }

    /** Does the inspect jobs that the run names; before the checkpoint, so that none is without its numbers. */
    async function measure({ weights }: CheckpointContent): Promise<void> {
      if (measures.length === 0 || measuredAt === step) return
      say({ type: 'metrics', step, values: await host.measure(config, dataset, weights) })
      measuredAt = step
    }

    /** At the start, and where the run was cut off between its checkpoint and what is measured there. */
    function lacksMeasures(): boolean {
      if (measures.length === 0 || !(step === 0 || checkpoints.at(step))) return false
      return readEvaluations(job.folder, step, `${measures[0]}/`).at(-1)?.[0] !== step
    }

    async function checkpoint(): Promise<void> {
      if (checkpointedAt === step) return
      await report()
      const from = clock()
      const saved = await content()
      // Who ends the process does not wait for it; a resumed run makes up for it.
      if (ending?.type !== 'interrupt') await measure(saved)
      const name = writeCheckpoint(job.folder, saved, now())
      const removed = pruneCheckpoints(job.folder, config.checkpoints)
      pace.checkpoint(clock() - from)
      const kept = removed.length > 0 && { removed }
      say({ type: 'checkpoint', step, name, ...kept, pace: pace.means() })
      folder.sync()
      checkpointedAt = step
      reported = { step, at: clock() }
    }

    /** Lets messages in and obeys them, sleeping while paused; false when the run is to end. */
    async function breathe(): Promise<boolean> {
      let paused = false
      do {
        await (paused ? inbox.arrival() : setImmediate())
        for (let command = inbox.take(); command && !ending; command = inbox.take()) {
          switch (command.type) {
            case 'pause':
              if (paused) break
              await report()
              paused = true
              say({ type: 'paused', step })
              break
            case 'resume':
              if (!paused) break
              paused = false
              say({ type: 'resumed', step })
              break
            case 'checkpoint':
              await checkpoint()
              break
            case 'stop':
            case 'interrupt':
              ending = command
              paused = false
              break
            default:
              command satisfies never
          }
        }
      } while (paused)
      return ending === undefined
    }

    function end(): Outcome {
      const reason = stopped()
      if ((step >= steps && evaluatedAt === step) || reason !== null) {
        const early = step < steps && reason !== null
        const why = early && { reason }
        say({ type: 'ended', step, outcome: 'finished', ...why, pace: pace.means() })
        return 'finished'
      }
      if (ending?.type === 'interrupt') {
        const error = ending.reason
        say({ type: 'ended', step, outcome: 'interrupted', error, pace: pace.means() })
        return 'interrupted'
      }
      say({ type: 'ended', step, outcome: 'stopped', pace: pace.means() })
      return 'stopped'
    }
  }
}

function costOf(config: RunConfig, dataset: Dataset): StepCost {
  const { contextLength, answers } = dataset
  const vocabularySize = dataset.vocabulary.size
  const shape = { vocabularySize, contextLength, answers, trainExamples: dataset.train.count }
  const probes = Object.values(dataset.splits).reduce((sum, { count }) => sum + count, 0)
  const flopsPerEvaluation = evaluationFlops(config.model, shape, probes)
  return { ...stepCost(config, shape), flopsPerEvaluation }
}

function lostFork({ run, step }: ForkOrigin): UserError {
  return new UserError(
    'fork.checkpoint',
    `The checkpoint of step ${step} that this run was forked from (run ${run}) is damaged or gone.`,
    'Fork that run again, from a checkpoint that is whole.'
  )
}

function divergence(step: number): UserError {
  return new UserError(
    'train.diverged',
    `The loss of step ${step} is not a finite number: the run has diverged.`,
    'Lower optimizer.lr, lengthen optimizer.warmup or set optimizer.clipNorm, and start again.'
  )
}

function wordsOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message} ${error.hint}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
