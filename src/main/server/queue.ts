/**
 * The queue: from the order of a run to its last recorded word, as many at a time as there are slots, and recovery
 * of what an earlier server left behind. Another server may have the same library open (the app beside a command
 * line): each runs what it queued, takes over what a dead one queued, and only watches what a living one trains.
 */
import { parseRunConfig } from '@shared/config-input'
import type { RunChanges, RunRecord, Store } from '../store/store'
import type { Broadcast } from './broadcast'
import { createControl, type Control } from './control'
import type { Extension, Folders } from './folders'
import type { Ingest } from './ingest'
import { startLiveRun, type LiveRun, type Patience } from './live-run'
import type { Machine } from './machine'
import type { Owners } from './owners'
import { decide } from './run-states'
import { memoryShare, runBytes } from './run-memory'
import type { StartTrainer } from './runners'
import { silentEnd } from './silent-ends'
import { readQueueSettings, slotsOf } from './slots'

/**
 * Whose runs a server takes. `library`: also what a server that is gone had queued. `own`: only what this one
 * queued. Of a study: that, and the runs of this study that nobody else has.
 */
export type Takes = 'library' | 'own' | { study: string }

/** Runs that are trained on clusters: the queue has no part in them but that it passes on what is asked of them. */
export interface Elsewhere {
  commands(run: RunRecord): Pick<LiveRun, 'command'>
  /** @throws {UserError} where no profile has that name */
  assertKnown(cluster: string): void
  /** Something was queued or commanded. */
  poke(): void
}

export interface QueueOptions {
  store: Store
  folders: Folders
  ingest: Ingest
  owners: Owners
  broadcast: Broadcast
  /** Null: this server only looks on; what it queues waits for another. */
  startTrainer: StartTrainer | null
  takes: Takes
  patience: Patience
  machine: () => Machine
  elsewhere: Elsewhere
  /** How many at once, whatever the stored settings say; null: as they say. */
  parallel: number | null
  /** How far a run that has finished is to go on, by its study's rule; null where it has had enough. */
  extension: (run: RunRecord) => Extension | null
  /** Is told when the first trainer starts and when the last has gone. */
  onTraining: (training: boolean) => void
  /** Whether the library's folder is there. */
  isThere: () => boolean
  /** Takes what went wrong while nobody had asked for anything. */
  onFault: (what: string, error: unknown) => void
  now: () => number
}

export interface Queue extends Control {
  /** Takes in the folders, settles what dead processes left, then starts to work. */
  recover(): Promise<void>
  /** Queues a finished run again, which then goes on for the steps of the extension. */
  extend(id: string, extension: Extension): void
  /** To be called after a run was queued, and after the queue's settings changed. */
  next(): void
  /** How many trainers of this server are at work. */
  atWork(): number
  /** Settles when nothing runs here and nothing waits that this server would take. */
  idle(): Promise<void>
  /** Lets live runs write their checkpoints. What waits stays in the history. */
  close(reason: string): Promise<void>
}

/** A trainer that ends without a word is started again this often, from its newest checkpoint. */
const mostCrashes = 1

export function createQueue(options: QueueOptions): Queue {
  const { store, folders, ingest, owners, broadcast, takes, patience, now, elsewhere } = options
  const live = new Map<string, { run: LiveRun; slots: number; bytes: number }>()
  let closing = false
  let poller: NodeJS.Timeout | undefined
  let seen = { version: -1, revision: 0 }
  let training = false
  const idlers: (() => void)[] = []
  /** Runs whose process is gone and whose end could not be put down, on a disk that was full or away. */
  const unsettled = new Map<string, { error: string; asked: boolean }>()

  function change(id: string, by: (run: RunRecord) => RunChanges | undefined): RunRecord {
    const run = store.change(id, by)
    if (!run) throw new Error(`run ${id} is not in the history`)
    broadcast.changed(id)
    return run
  }

  function mayTake(run: RunRecord): boolean {
    if (run.cluster !== null) return false
    if (run.owner === owners.self) return true
    if (takes === 'own' || owners.lives(run)) return false
    return takes === 'library' || run.study?.id === takes.study
  }

  function next(): void {
    const { startTrainer } = options
    if (closing) return
    elsewhere.poke()
    startWaiting(startTrainer)
  }

  function startWaiting(startTrainer: StartTrainer | null): void {
    while (startTrainer && startOne(startTrainer));
    tellTraining()
    if (live.size === 0 && !waits()) for (const settle of idlers.splice(0)) settle()
  }

  function waits(): boolean {
    return options.startTrainer !== null && store.firstIn(['queued'], mayTake) !== undefined
  }

  /** Starts the run that is next, if there is room for it: a large one is not overtaken by those behind it. */
  function startOne(startTrainer: StartTrainer): boolean {
    const settings = readQueueSettings(store)
    // Whoever orders runs at a command line means now.
    if (takes === 'library' && (settings.paused || !options.isThere())) return false
    const first = store.firstIn(['queued'], mayTake)
    if (!first) return false
    const parallel = options.parallel ?? settings.parallel
    const slots = slotsOf({ ...settings, parallel }, options.machine())
    const taken = [...live.values()].reduce((sum, entry) => sum + entry.slots, 0)
    if (taken + slots.of(first) > slots.total && live.size > 0) return false
    if (parallel === null && !isRoomFor(first)) return false
    const run = store.claim(({ id }) => id === first.id, { state: 'starting', owner: owners.self })
    if (run) start(run, startTrainer, slots.of(run), slots.threads(run))
    return true
  }

  /** Whether memory reaches for a run beside those at work; how many the user wants is for the user to say. */
  function isRoomFor(run: RunRecord): boolean {
    if (live.size === 0) return true
    const held = [...live.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    return held + bytesOf(run) <= memoryShare * options.machine().memoryBytes
  }

  const bytesOf = ({ config }: RunRecord): number => runBytes(config, store.latestEngine()) ?? 0

  function start(
    run: RunRecord,
    startTrainer: StartTrainer,
    slots: number,
    threads: number | null
  ): void {
    const { id, engineWanted: engine, resume } = run
    const folder = folders.runFolder(id)
    broadcast.changed(id)
    if (!folders.has(id)) return lose(id, `Its folder ${folder} is gone.`, false)
    try {
      const config = parseRunConfig(run.config)
      const started = startLiveRun(
        {
          ...{ type: 'train', runId: id, folder, config, engine, resume, threads },
          ...{ fork: run.parent, steps: folders.extension(id)?.steps ?? null }
        },
        {
          ...{ startTrainer, patience },
          read: () => attempt('reading new events', () => ingest.read(id)),
          progress: (progress) => broadcast.progress(id, progress),
          state: () => store.run(id)?.state,
          ended: (error, asked) => finish(id, error, asked)
        }
      )
      live.set(id, { run: started, slots, bytes: bytesOf(run) })
    } catch (error) {
      lose(id, `No trainer could be started: ${(error as Error).message}`, false)
    }
  }

  /** The process is gone: what it recorded counts, not how it went. */
  function finish(id: string, error: string, asked: boolean): void {
    // One that outlived the closing of this server is the next one's.
    if (!live.delete(id)) return
    unsettled.set(id, { error, asked })
    attempt('settling a run', settleEnded)
    attempt('extending a run', () => extendByRule(id))
    attempt('starting the next run', next)
  }

  function settleEnded(): void {
    for (const [id, { error, asked }] of unsettled) {
      ingest.read(id)
      lose(id, error, !asked)
      unsettled.delete(id)
    }
  }

  function extendByRule(id: string): void {
    const run = store.run(id)
    const extension = run?.state === 'finished' ? options.extension(run) : null
    if (extension) extend(id, extension)
  }

  /** The folder says it first: a server that comes after this one goes as far. */
  function extend(id: string, extension: Extension): void {
    folders.writeExtension(id, extension)
    change(id, ({ state }) => {
      const queued = decide(state, 'extend')
      const order = { resume: true, owner: owners.self, queuedAt: now(), endedAt: null, crashes: 0 }
      return queued && { state: queued, ...order }
    })
  }

  /** A disk that is full or away for a moment must not end the server: the next look at things tries again. */
  function attempt(what: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      options.onFault(what, error)
    }
  }

  /**
   * Settles a run whose trainer is gone, unless it said how it ended. The first time it is queued again, where
   * `again`; a crash that repeats before the next checkpoint leaves it to the user.
   */
  function lose(id: string, error: string, again: boolean): void {
    change(id, (run) => {
      const lost = decide(run.state, 'lose')
      if (!lost) return undefined
      const crashes = run.crashes + 1
      if (!again || crashes > mostCrashes) return { state: lost, error, crashes, endedAt: now() }
      return { state: 'queued', error, crashes, resume: true, owner: owners.self }
    })
  }

  async function recover(): Promise<void> {
    await ingest.readAll()
    settleLost()
    revive()
    seen = { version: store.dataVersion(), revision: store.revision() }
    const look = (): void => attempt('looking after all runs', poll)
    poller = setInterval(look, patience.pollMs)
    next()
  }

  /** Reads what running trainers wrote, whoever started them, and settles runs whose processes are gone. */
  function settleLost(): void {
    for (const run of store.runsIn(['starting', 'running', 'paused'])) {
      const { id } = run
      if (run.cluster !== null) continue
      ingest.read(id)
      if (live.has(id) || unsettled.has(id)) continue
      if (!owners.isOrphan(run) || owners.trainerOf(id)) continue
      // Its last lines may have been written between the reading and the look at the process.
      ingest.read(id)
      lose(id, [silentEnd, folders.lastErrors(id)].filter(Boolean).join('\n'), false)
    }
  }

  /**
   * Goes on with what a server that worked off the library was training when it was killed, or when the machine
   * went down: nobody had asked those runs to stop.
   */
  function revive(): void {
    if (!options.startTrainer || takes === 'own') return
    for (const run of store.runsIn(['interrupted'])) {
      const { owner, crashes } = run
      if (
        run.cluster !== null ||
        !owners.workedOff(run) ||
        crashes > mostCrashes ||
        !folders.has(run.id)
      )
        continue
      if (!mayTake(run) || owners.trainerOf(run.id)) continue
      change(run.id, (now) =>
        now.state === 'interrupted' && now.owner === owner
          ? { state: 'queued', resume: true, owner: owners.self, endedAt: null }
          : undefined
      )
    }
  }

  function poll(): void {
    // A disk that was taken away for a moment is no reason to give runs up.
    if (takes === 'library' && !options.isThere()) return
    settleEnded()
    settleLost()
    revive()
    const version = store.dataVersion()
    if (version !== seen.version) {
      for (const id of store.changedSince(seen.revision)) broadcast.changed(id)
      seen = { version, revision: store.revision() }
      elsewhere.poke()
    }
    startWaiting(options.startTrainer)
  }

  function tellTraining(): void {
    if (training === live.size > 0) return
    training = live.size > 0
    options.onTraining(training)
  }

  /** What was training goes on with the next server, from where it was; what was paused stays as the user left it. */
  function handOver(id: string): void {
    change(id, ({ state, owner }) =>
      state === 'interrupted' && owner === owners.self
        ? { state: 'queued', resume: true, owner: null, endedAt: null }
        : undefined
    )
  }

  return {
    ...createControl({
      ...{ store, folders, ingest, owners, now, change, next },
      assertCluster: (name) => elsewhere.assertKnown(name),
      live: (run) => (run.cluster === null ? live.get(run.id)?.run : elsewhere.commands(run))
    }),
    recover,
    extend,
    next,
    atWork: () => live.size,
    idle() {
      if (live.size === 0 && !waits()) return Promise.resolve()
      return new Promise((resolve) => idlers.push(resolve))
    },
    async close(reason) {
      closing = true
      clearInterval(poller)
      const left = [...live]
      const paused = left.filter(([id]) => store.run(id)?.state === 'paused')
      await Promise.all(left.map(([, { run }]) => run.interrupt(reason)))
      live.clear()
      tellTraining()
      for (const [id] of paused) change(id, () => ({ owner: null }))
      if (takes !== 'own') for (const [id] of left) handOver(id)
      // What waits is anybody's from now on.
      for (const run of store.runsIn(['queued'])) {
        if (run.owner === owners.self) store.change(run.id, () => ({ owner: null }))
      }
      for (const settle of idlers.splice(0)) settle()
    }
  }
}
