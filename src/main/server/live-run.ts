/** A run that is being trained by a process of ours, from the job to the exit. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunState } from '@shared/contract'
import { TrainerMessage, type Job, type Progress, type TrainerCommand } from '@shared/events'
import type { StartTrainer } from './runners'
import { explainEnd, memoryKills } from './silent-ends'

/** How long is waited for what, in milliseconds. */
export interface Patience {
  /** For a new trainer to say `started`. */
  startMs: number
  /** For a trainer to end after `stop`. */
  stopMs: number
  /** For a trainer to write its checkpoint when the server closes. */
  closeMs: number
  /** Between looks at what other processes did. */
  pollMs: number
  /** From the start until the day's backup is thought of: a start has other things to do. */
  backUpAfterMs: number
}

export const usualPatience: Patience = {
  startMs: 120_000,
  stopMs: 30_000,
  closeMs: 20_000,
  pollMs: 1_000,
  backUpAfterMs: 60_000
}

/** Metric lines are read this long after the trainer told of the first of them. */
const readMs = 100
/** A shell that is gone itself can report no exit; the next server settles such a run. */
const exitReportMs = 2_000

export interface LiveRunHost {
  startTrainer: StartTrainer
  patience: Patience
  /** There are new lines to read. */
  read(): void
  progress(progress: Progress): void
  state(): RunState | undefined
  /**
   * The process is gone; `error` is why, should the run not have said how it ended.
   * @param asked whether it had been told to stop, or to make way
   */
  ended(error: string, asked: boolean): void
}

export interface LiveRun {
  readonly id: string
  command(command: Exclude<TrainerCommand, { type: 'interrupt' }>): void
  /** Lets it write a checkpoint; settles when it is gone. */
  interrupt(reason: string): Promise<void>
}

/** @throws whatever keeps `startTrainer` from starting one. */
export function startLiveRun(job: Job, host: LiveRunHost): LiveRun {
  const { patience } = host
  const trainer = host.startTrainer(job)
  const timers = new Set<NodeJS.Timeout>()
  let killed: string | null = null
  let reading = false
  let asked = false
  /** What it said of its end; on a full disk its folder does not hold it. */
  let lastWords: string | undefined
  const killsBefore = memoryKills()

  const settled = trainer.exited.then(({ error, signal = null }) => {
    for (const timer of timers) clearTimeout(timer)
    const killsAfter = memoryKills()
    const kills = killsAfter === null || killsBefore === null ? null : killsAfter - killsBefore
    const why = killed ?? explainEnd({ signal, words: error, memoryKills: kills })
    host.ended(lastWords ?? [why, error].filter(Boolean).join('\n'), asked)
  })

  /** A timer that ends with the run. */
  function after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }

  function kill(why: string): void {
    killed ??= why
    trainer.kill()
  }

  function send(command: TrainerCommand): void {
    trainer.port.post({ type: 'command', command })
  }

  trainer.port.onMessage((received) => {
    const message = TrainerMessage.safeParse(received).data
    if (message?.type === 'progress') {
      host.progress(message.progress)
    } else if (message?.event.type === 'metrics') {
      if (reading) return
      reading = true
      after(readMs, () => {
        reading = false
        host.read()
      })
    } else if (message) {
      if (message.event.type === 'ended') lastWords = message.event.error
      host.read()
    }
  })
  after(patience.startMs, () => {
    if (host.state() !== 'starting') return
    kill(`It did not start within ${patience.startMs / 1000} s and was ended.`)
  })

  return {
    id: job.runId,
    command(command) {
      send(command)
      if (command.type !== 'stop') return
      asked = true
      after(patience.stopMs, () =>
        kill(`It did not stop within ${patience.stopMs / 1000} s and was ended.`)
      )
    },
    async interrupt(reason) {
      asked = true
      send({ type: 'interrupt', reason })
      after(patience.closeMs, () =>
        kill(`${reason} It did not end within ${patience.closeMs / 1000} s and was ended.`)
      )
      const limit = delay(patience.closeMs + exitReportMs, undefined, { ref: false })
      await Promise.race([settled, limit])
    }
  }
}
