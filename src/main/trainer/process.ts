/**
 * Entry of the trainer process: one job (or, for the doctor, one engine's probe, or one import), then it exits; or it
 * inspects checkpoints for as long as it is asked to. Under Node it talks over the channel of child_process.fork;
 * under Electron the shell hands it a message port that leads to the server. When that channel closes, nobody is left
 * to tell: the run writes a checkpoint and ends as interrupted, to be resumed.
 */
import os from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { toErrorMessage, UserError } from '@shared/errors'
import { TrainerInput } from '@shared/events'
import type { ImportAnswer, ImportOrder, Job } from '@shared/events'
import { InspectInput } from '@shared/inspect'
import type { Port } from '@shared/rpc'
import { cacheFolder } from '../../setup/machine.mjs'
import { createInspector } from '../inspect/inspector'
import { measureCheckpoint } from '../inspect/measures'
import { childPort, messagePort, type ElectronMessagePort } from '../ports'
import { startEngine, type EngineName } from './backend'
import { importWeights } from './import-weights'
import { createInbox } from './inbox'
import { describeMachineClass } from './machine'
import { answerProbe } from './probe'
import { engineOf, startRunEngine } from './run-engine'
import { train } from './train'
import { answerTrial, askTrial, Trial, type TrialHost } from './trial'

/** Electron's process.parentPort, as far as it is used; absent under plain Node. */
interface ParentPort {
  once(event: 'message', listener: (event: { ports: ElectronMessagePort[] }) => void): void
}
const parentPort = (process as { parentPort?: ParentPort }).parentPort

/** Instead of a job: time the steps of one, answer with a TrialAnswer and end. */
const TrialInput = z.object({ type: z.literal('trial'), trial: Trial })
const ProcessInput = z.union([TrainerInput, InspectInput, TrialInput])

if (parentPort) parentPort.once('message', ({ ports }) => serveJob(messagePort(ports[0]!)))
else serveJob(childPort(process))

function serveJob(port: Port): void {
  const inbox = createInbox()
  let started = false
  let inspector: ReturnType<typeof createInspector> | undefined

  function makeWay(reason: string): void {
    if (!started || inspector) process.exit(0)
    inbox.put({ type: 'interrupt', reason })
  }
  port.onClose(() => makeWay('The application that had started this run ended.'))
  // A machine that is shut down, and a scheduler that ends a job, ask every process by itself.
  if (!parentPort) process.on('SIGTERM', () => makeWay('The system asked it to end.'))
  port.onMessage((message) => {
    const input = ProcessInput.parse(message)
    if (input.type === 'inspect' || input.type === 'cancel') {
      started = true
      if (input.type === 'inspect') inspecting().order(input.id, input.order)
      else inspecting().cancel(input.id)
    } else if (input.type === 'command') {
      inbox.put(input.command)
    } else if (!started) {
      started = true
      switch (input.type) {
        case 'job':
          return void run(input.job)
        case 'probe':
          return void probe(input.engine)
        case 'trial':
          return void attemptTrial(input.trial)
        case 'import':
          return importFolder(input.order)
        default:
          input satisfies never
      }
    }
  })

  function inspecting(): NonNullable<typeof inspector> {
    if (inspector) return inspector
    giveWay()
    inspector = createInspector({
      startEngine: (engine) => startEngine(engineOf(engine)),
      post: (message) => port.post(message),
      log: (error) => process.stderr.write(`${(error as Error).stack ?? String(error)}\n`),
      now: Date.now
    })
    return inspector
  }

  async function probe(engine: EngineName): Promise<void> {
    port.post(await answerProbe(engine))
    setTimeout(() => process.exit(0), 100)
  }

  async function attemptTrial(trial: Trial): Promise<void> {
    port.post(await answerTrial(trial))
    setTimeout(() => process.exit(0), 100)
  }

  function importFolder(order: ImportOrder): void {
    let answer: ImportAnswer
    try {
      answer = { type: 'imported', ...importWeights(order, Date.now()) }
    } catch (error) {
      if (!(error instanceof UserError)) process.stderr.write(`${(error as Error).stack}\n`)
      answer = {
        type: 'refused',
        error: { ...toErrorMessage(error), issues: [...toErrorMessage(error).issues] }
      }
    }
    port.post(answer)
    setTimeout(() => process.exit(0), 100)
  }

  async function run(job: Job): Promise<void> {
    let code = 0
    try {
      await train(job, {
        startEngine: async (flops) => ({
          ...(await startRunEngine(job, flops, trials)),
          machine: describeMachineClass()
        }),
        emit: (message) => port.post(message),
        inbox,
        measure: (config, dataset, weights) =>
          measureCheckpoint(config, dataset, weights, () => setImmediate()),
        now: Date.now,
        clock: () => performance.now()
      })
    } catch (error) {
      // The run folder holds it too; this is for whoever watches the process.
      process.stderr.write(`${wordsOf(error)}\n`)
      code = 1
    }
    // What was posted last must still get out.
    setTimeout(() => process.exit(code), 100)
  }
}

/** Trials are other processes of this entry; what they find is kept beside the installed engines. */
const trials: TrialHost = {
  folder: join(cacheFolder(process), 'trials'),
  ask: (trial) => askTrial(__filename, trial),
  now: Date.now
}

/** A fault of ours comes with its stack. */
function wordsOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message} ${error.hint}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Inspection must not slow a run that trains beside it. */
function giveWay(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A system that refuses keeps the usual priority.
  }
}
