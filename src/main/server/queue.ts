/**
 * The queue: one run at a time per server, from the order to the last recorded word, and recovery of what an
 * earlier server left behind. Another server may have the same library open (the app beside a command line):
 * each runs what it queued, takes over what a dead one queued, and only watches what a living one trains.
 */
import { parseRunConfig } from '@shared/config-input'
import type { RunChanges, RunRecord, Store } from '../store/store'
import type { Broadcast } from './broadcast'
import { createControl, type Control } from './control'
import type { Folders } from './folders'
import type { Ingest } from './ingest'
import { silentEnd, startLiveRun, type LiveRun, type Patience } from './live-run'
import type { Owners } from './owners'
import { decide } from './run-states'
import type { StartTrainer } from './runners'

export interface QueueOptions {
  store: Store
  folders: Folders
  ingest: Ingest
  owners: Owners
  broadcast: Broadcast
  /** Null: this server only looks on; what it queues waits for another. */
  startTrainer: StartTrainer | null
  /** `library`: also takes what a server that is gone had queued. `own`: only what this one queued. */
  takes: 'library' | 'own'
  patience: Patience
  log: (line: string) => void
  now: () => number
}

export interface Queue extends Control {
  /** Takes in the folders, settles what dead processes left, then starts to work. */
  recover(): Promise<void>
  /** To be called after a run was queued. */
  next(): void
  /** Settles when nothing runs here and nothing waits that this server would take. */
  idle(): Promise<void>
  /** Lets the live run write a checkpoint. What waits stays in the history. */
  close(reason: string): Promise<void>
}

export function createQueue(options: QueueOptions): Queue {
  const { store, folders, ingest, owners, broadcast, patience, log, now } = options
  let live: LiveRun | null = null
  let closing = false
  let poller: NodeJS.Timeout | undefined
  let seen = { version: -1, revision: 0 }
  const idlers: (() => void)[] = []

  function change(id: string, by: (run: RunRecord) => RunChanges | undefined): RunRecord {
    const run = store.change(id, by)
    if (!run) throw new Error(`run ${id} is not in the history`)
    broadcast.changed(id)
    return run
  }

  function mayTake(run: RunRecord): boolean {
    return run.owner === owners.self || (options.takes === 'library' && !owners.lives(run))
  }

  function next(): void {
    const { startTrainer } = options
    if (live || closing) return
    const run = startTrainer && store.claim(mayTake, { state: 'starting', owner: owners.self })
    if (run) start(run, startTrainer)
    else for (const settle of idlers.splice(0)) settle()
  }

  function start(run: RunRecord, startTrainer: StartTrainer): void {
    const { id, engineWanted: engine, resume } = run
    const folder = folders.runFolder(id)
    broadcast.changed(id)
    if (!folders.has(id)) {
      lose(id, `Its folder ${folder} is gone.`)
      return next()
    }
    try {
      const config = parseRunConfig(run.config)
      live = startLiveRun(
        { type: 'train', runId: id, folder, config, engine, resume, fork: run.parent },
        {
          ...{ startTrainer, patience },
          read: () => attempt('reading new events', () => ingest.read(id)),
          progress: (progress) => broadcast.progress(id, progress),
          state: () => store.run(id)?.state,
          ended: (error) => finish(id, error)
        }
      )
    } catch (error) {
      lose(id, `No trainer could be started: ${(error as Error).message}`)
      next()
    }
  }

  /** The process is gone: what it recorded counts, not how it went. */
  function finish(id: string, error: string): void {
    // One that outlived the closing of this server is the next one's.
    if (live?.id !== id) return
    attempt('settling a run', () => {
      ingest.read(id)
      lose(id, error)
    })
    live = null
    attempt('starting the next run', next)
  }

  /** A disk that is full or away for a moment must not end the server: the next look at things tries again. */
  function attempt(what: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      log(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  /** Marks a run whose trainer is gone as interrupted, unless it said how it ended. */
  function lose(id: string, error: string): void {
    change(id, (run) => {
      const state = decide(run.state, 'lose')
      return state && { state, error, endedAt: now() }
    })
  }

  async function recover(): Promise<void> {
    await ingest.readAll()
    settleLost()
    seen = { version: store.dataVersion(), revision: store.revision() }
    const look = (): void => attempt('looking after all runs', poll)
    poller = setInterval(look, patience.pollMs)
    next()
  }

  /** Reads what running trainers wrote, whoever started them, and settles runs whose processes are gone. */
  function settleLost(): void {
    for (const run of store.runsIn(['starting', 'running', 'paused'])) {
      const { id } = run
      ingest.read(id)
      if (id === live?.id) continue
      if (!owners.isOrphan(run) || owners.trainerOf(id)) continue
      // Its last lines may have been written between the reading and the look at the process.
      ingest.read(id)
      lose(id, [silentEnd, folders.lastErrors(id)].filter(Boolean).join('\n'))
    }
  }

  function poll(): void {
    settleLost()
    const version = store.dataVersion()
    if (version !== seen.version) {
      for (const id of store.changedSince(seen.revision)) broadcast.changed(id)
      seen = { version, revision: store.revision() }
    }
    next()
  }

  return {
    ...createControl({ store, folders, ingest, owners, now, change, next, live: () => live }),
    recover,
    next,
    idle() {
      const waiting = options.startTrainer && store.runsIn(['queued']).some(mayTake)
      if (!live && !waiting) return Promise.resolve()
      return new Promise((resolve) => idlers.push(resolve))
    },
    async close(reason) {
      closing = true
      clearInterval(poller)
      await live?.interrupt(reason)
      live = null
      // What waits is anybody's from now on.
      for (const run of store.runsIn(['queued'])) {
        if (run.owner === owners.self) store.change(run.id, () => ({ owner: null }))
      }
      for (const settle of idlers.splice(0)) settle()
    }
  }
}
