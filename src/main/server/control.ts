/** What a user may ask of a run, depending on its state and on who trains it. */
import { activeStates } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { RunChanges, RunRecord, Store } from '../store/store'
import type { Folders } from './folders'
import type { Ingest } from './ingest'
import type { LiveRun } from './live-run'
import type { Owners } from './owners'
import { decide } from './run-states'

export type ControlCommand = 'pause' | 'resume' | 'stop' | 'checkpoint'

export interface ControlHost {
  store: Store
  folders: Folders
  ingest: Ingest
  owners: Owners
  now: () => number
  /** Takes commands for the run's trainer, where it is a process of ours or on a cluster. */
  live(run: RunRecord): Pick<LiveRun, 'command'> | undefined
  /** Changes a run's row and tells every client. */
  change(id: string, by: (run: RunRecord) => RunChanges | undefined): RunRecord
  /** @throws {UserError} where there is no profile of that cluster any more */
  assertCluster(name: string): void
  /** Something was queued, or has left the queue. */
  next(): void
}

export interface Control {
  /**
   * Passes a command on, or changes the queue.
   * @returns the row as it is now; what a trainer makes of a command follows as events
   * @throws {UserError} when the run's state, or another process, forbids it.
   */
  control(id: string, command: ControlCommand): RunRecord
  /** @throws {UserError} `run.active` while a run is queued or a trainer is at work on it. */
  assertIdle(run: RunRecord): void
}

export function createControl(host: ControlHost): Control {
  const { store, folders, ingest, owners, now, change } = host

  function control(id: string, command: ControlCommand): RunRecord {
    const run = store.run(id)
    if (!run) throw unknownRun(id)
    if (run.trashed) {
      throw new UserError('run.trashed', `Run "${run.name}" is in the trash.`, 'Restore it first.')
    }
    if (activeStates.includes(run.state)) {
      return run.state === 'queued' ? controlQueued(run, command) : tell(run, command)
    }
    if (command === 'resume') return requeue(run)
    throw new UserError(
      'run.notActive',
      `Run "${run.name}" is ${run.state}: there is nothing to ${command}.`,
      decide(run.state, 'requeue') ? 'Resume it first.' : ''
    )
  }

  function controlQueued(run: RunRecord, command: ControlCommand): RunRecord {
    if (command === 'resume') return run
    if (command !== 'stop') throw notStarted(run, 'queued', command)
    // Decided on what it is now: another process may have started it this moment.
    const after = change(run.id, ({ state }) => {
      const stopped = decide(state, 'cancel')
      return stopped && { state: stopped, endedAt: now() }
    })
    if (after.state !== 'stopped') throw trainedElsewhere(after)
    host.next()
    return after
  }

  function tell(run: RunRecord, command: ControlCommand): RunRecord {
    const live = host.live(run)
    if (!live) throw trainedElsewhere(run)
    if (run.state === 'starting' && (command === 'pause' || command === 'checkpoint')) {
      throw notStarted(run, 'starting', command)
    }
    live.command({ type: command })
    return run
  }

  function requeue(run: RunRecord): RunRecord {
    if (run.cluster !== null) host.assertCluster(run.cluster)
    if (owners.trainerOf(run.id)) throw trainedElsewhere(run)
    if (!folders.has(run.id)) {
      throw new UserError(
        'run.folderMissing',
        `Run "${run.name}" has lost its folder ${folders.runFolder(run.id)}.`,
        'Put the folder back; the history keeps its curves.'
      )
    }
    // Lines of a trainer that outlived its server belong to the stretch before.
    ingest.read(run.id)
    const queued = change(run.id, ({ state }) => {
      const next = decide(state, 'requeue')
      if (!next) return undefined
      const owner = owners.self
      const order = { owner, queuedAt: now(), endedAt: null, error: null, crashes: 0 }
      return { state: next, resume: true, ...order }
    })
    if (queued.state === 'finished') {
      throw new UserError(
        'run.finished',
        `Run "${queued.name}" has finished its ${queued.steps} steps.`,
        'Start a new run with more steps instead.'
      )
    }
    host.next()
    return store.run(run.id)!
  }

  function trainedElsewhere(run: RunRecord): UserError {
    const trainer = owners.trainerOf(run.id)
    const by = trainer ? ` (process ${trainer.pid})` : ''
    return new UserError(
      'run.elsewhere',
      `Run "${run.name}" is trained by another Grokscope${by}.`,
      'Control it there: in the other window or terminal.'
    )
  }

  return {
    control,
    assertIdle(run) {
      if (!activeStates.includes(run.state) && !owners.trainerOf(run.id)) return
      throw new UserError('run.active', `Run "${run.name}" is ${run.state}.`, 'Stop it first.')
    }
  }
}

const notStarted = (run: RunRecord, state: string, command: string): UserError =>
  new UserError(
    'run.notStarted',
    `Run "${run.name}" is still ${state}: there is nothing to ${command}.`,
    'Wait until it runs, or stop it.'
  )

export const unknownRun = (id: string): UserError =>
  new UserError('run.unknown', `There is no run "${id}".`, 'List the runs and name one of them.')
