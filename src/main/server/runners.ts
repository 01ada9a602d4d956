/** Starting trainer processes: forked by us, by the shell on request, or within this process. */
import { fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Job, TrainerInput } from '@shared/events'
import type { ProbeProcess, StartProbe } from '../doctor/engine-probe'
import type { Port } from '@shared/rpc'
import { childPort, memoryPair } from '../ports'
import { lastLines } from './folders'
import type { ToShell } from './shell-messages'

export interface TrainerProcess {
  /** TrainerInput goes in (the job is already sent), TrainerMessage comes out. */
  port: Port
  /**
   * Settles once the process is gone, with the last lines of its standard error, '' if there are none, and the signal
   * that ended it, where that is known.
   */
  exited: Promise<{ error: string; signal?: NodeJS.Signals | null }>
  /** Ends it at once, without a last word. */
  kill(): void
}

/** Starts a trainer on a job. It never throws: what could not be started has exited. */
export type StartTrainer = (job: Job) => TrainerProcess

const jobMessage = (job: Job): TrainerInput => ({ type: 'job', job })

/**
 * Trainers as forked Node processes. Standard error goes straight into the run's stderr.log, where it outlives
 * this process.
 * @param entry absolute path of the built trainer
 */
export function forkTrainer(
  entry: string,
  options: { env?: NodeJS.ProcessEnv } = {}
): StartTrainer {
  return (job) => {
    const log = join(job.folder, 'stderr.log')
    const stderr = openSync(log, 'w')
    const child = fork(entry, [], {
      stdio: ['ignore', 'ignore', stderr, 'ipc'],
      execArgv: [],
      env: options.env ?? process.env,
      // A group of its own: Ctrl-C in a terminal reaches the server, which lets the trainer write a checkpoint.
      detached: process.platform !== 'win32'
    })
    closeSync(stderr)
    const exited: TrainerProcess['exited'] = new Promise((resolve) => {
      child.once('error', (error) => resolve({ error: error.message }))
      child.once('exit', (_code, signal) => resolve({ error: lastLines(log), signal }))
    })
    const port = childPort(child)
    port.post(jobMessage(job))
    return { port, exited, kill: () => void child.kill('SIGKILL') }
  }
}

/** What is kept of a probe's standard error: TensorFlow tells there why it leaves a GPU alone. */
const probeWords = 16_384

/**
 * Probes as forked Node processes.
 * @param entry absolute path of the built trainer
 */
export function forkProbe(entry: string, options: { env?: NodeJS.ProcessEnv } = {}): StartProbe {
  return (engine) => {
    const child = fork(entry, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: options.env ?? process.env
    })
    let words = ''
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-probeWords)
    })
    const exited: ProbeProcess['exited'] = new Promise((resolve) => {
      child.once('error', (error) => resolve({ error: error.message }))
      child.once('exit', (_code, signal) => resolve({ error: words, signal }))
    })
    const port = childPort(child)
    port.post({ type: 'probe', engine } satisfies TrainerInput)
    return {
      port,
      exited,
      kill() {
        child.kill('SIGKILL')
        // One that hangs in a driver does not die: it must not hold this process.
        child.stderr!.destroy()
        child.unref()
      }
    }
  }
}

/** Starts a trainer process that waits for orders to inspect. It never throws. */
export type StartInspector = () => TrainerProcess

/**
 * Inspecting trainers as forked Node processes.
 * @param entry absolute path of the built trainer
 */
export function forkInspector(
  entry: string,
  options: { env?: NodeJS.ProcessEnv } = {}
): StartInspector {
  return () => {
    const child = fork(entry, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: options.env ?? process.env,
      // As for a run: Ctrl-C is the server's to hear.
      detached: process.platform !== 'win32'
    })
    let words = ''
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-probeWords)
    })
    const exited = new Promise<{ error: string }>((resolve) => {
      child.once('error', (error) => resolve({ error: error.message }))
      child.once('exit', () => resolve({ error: words }))
    })
    return { port: childPort(child), exited, kill: () => void child.kill('SIGKILL') }
  }
}

/** Trainers as utility processes that the shell starts; ports and exits come back through `receive`. */
export interface ShellTrainers {
  start: StartTrainer
  probe: StartProbe
  inspect: StartInspector
  /** To be told of each `trainerPort` message's port. */
  connected(id: string, port: Port): void
  /** To be told of each `trainerExited` message. */
  exited(id: string, error: string): void
}

export function shellTrainers(tell: (message: ToShell) => void): ShellTrainers {
  const trainers = new Map<string, { port: LatePort; exit(error: string): void }>()
  let count = 0

  function open(name: string, first: TrainerInput | null): TrainerProcess {
    // A run that is resumed gets another process before the shell has forgotten the first.
    const id = `${name}.${++count}`
    const port = latePort()
    const exited = new Promise<{ error: string }>((resolve) => {
      trainers.set(id, { port, exit: (error) => resolve({ error }) })
    })
    if (first) port.post(first)
    tell({ type: 'startTrainer', id })
    return { port, exited, kill: () => tell({ type: 'killTrainer', id }) }
  }

  return {
    start: (job) => open(job.runId, jobMessage(job)),
    probe: (engine) => open(`probe-${engine}`, { type: 'probe', engine }),
    inspect: () => open('inspector', null),
    connected: (id, port) => trainers.get(id)?.port.connect(port),
    exited(id, error) {
      trainers.get(id)?.exit(error)
      trainers.delete(id)
    }
  }
}

interface LatePort extends Port {
  connect(port: Port): void
}

/** A port whose channel comes later: until then, what is posted waits. */
function latePort(): LatePort {
  let target: Port | null = null
  const calls: ((port: Port) => void)[] = []
  const later = (call: (port: Port) => void): void => {
    if (target) call(target)
    else calls.push(call)
  }
  return {
    post: (message) => later((port) => port.post(message)),
    onMessage: (listener) => later((port) => port.onMessage(listener)),
    onClose: (listener) => later((port) => port.onClose(listener)),
    close: () => later((port) => port.close()),
    connect(port) {
      target = port
      for (const call of calls.splice(0)) call(port)
    }
  }
}

/**
 * Trainers within this process, for tests.
 * @param run plays the trainer's side of the port and settles when it would have exited
 */
export function inProcessTrainer(run: (port: Port) => Promise<void>): StartTrainer {
  return (job) => {
    const [ours, theirs] = memoryPair()
    let kill: () => void = () => undefined
    const killed = new Promise<void>((resolve) => {
      kill = () => {
        theirs.close()
        resolve()
      }
    })
    const exited = Promise.race([run(theirs), killed]).then(
      () => ({ error: '' }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) })
    )
    ours.post(jobMessage(job))
    return { port: ours, exited, kill }
  }
}
