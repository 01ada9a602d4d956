/**
 * The history: what can be asked of it and done to it; rows go out parsed. The run folders are the
 * record, this is their index: whatever is here except the queue can be rebuilt from them.
 *
 * Several servers may have one library open (the app and a command line). Every change is one immediate
 * transaction that reads before it writes, so they never overwrite each other's work.
 */
import type { Database } from 'better-sqlite3'
import type { RunState } from '@shared/contract'
import { EngineInfo, type MetricValue, type TrainerEvent } from '@shared/events'
import { backUp } from './backups'
import { openDatabase, type OpenOptions } from './database'
import { toRecord, toRow, type RunChanges, type RunRecord } from './rows'
import { createRecorded } from './curves/recorded'
import { faultOf, loadSqlite } from './sqlite'
import { prepareStatements } from './statements'
import { timeEvent, type StepTimes, type WorkClock } from './work-time'

export type { RunChanges, RunRecord }

/** The colour of a run that is inserted without one: it gets that of its seeds, else the next. */
export const unassigned = -1

/** How far a run's events.jsonl has been read. */
export interface Position {
  /** Number of the last event. */
  seq: number
  /** Bytes up to the end of its line. */
  bytes: number
}

/** Milliseconds at work by step, and the clock after them. */
export interface WorkTimes {
  times: ReadonlyMap<number, number>
  clock: WorkClock
}

/** A saved view as a history of before it was a file holds it: JSON, which another version may not read. */
interface StoredView {
  name: string
  view: string
  savedAt: number
}

export interface StoredCheckpoint {
  step: number
  name: string
}

export type Store = ReturnType<typeof createStore>

/**
 * Opens the history file.
 * @throws {UserError} see {@link openDatabase}
 */
export async function openStore(file: string, options: OpenOptions): Promise<Store> {
  const db = await openDatabase(file, options)
  return createStore(db, () => backUp(db, file, loadSqlite(options.sqlite), options.now))
}

const round = (at: number | null): number | null => (at === null ? null : Math.round(at))

function createStore(db: Database, makeBackup: () => Promise<string>) {
  const sql = prepareStatements(db)

  const run = (id: string): RunRecord | undefined => {
    const row = sql.run.get(id)
    return row === undefined ? undefined : toRecord(row)
  }

  const insertRun = db.transaction((record: RunRecord): void => {
    const look = lookOf(record.seedless)
    const color = record.color === unassigned ? look.color : record.color
    const shade = record.shade === unassigned ? look.shade : record.shade
    sql.insert.run(toRow({ ...record, color, shade }))
    sql.insertPosition.run(record.id)
  })

  const changeRun = db.transaction(
    (id: string, change: (record: RunRecord) => RunChanges | undefined): RunRecord | undefined => {
      const record = run(id)
      const changes = record && change(record)
      if (!record || !changes) return record
      const changed = { ...record, ...changes }
      sql.update.run(toRow(changed))
      return changed
    }
  )

  const claimRun = db.transaction(
    (mayTake: (record: RunRecord) => boolean, changes: RunChanges): RunRecord | undefined => {
      const next = firstIn(['queued'], mayTake)
      return next && changeRun(next.id, () => changes)
    }
  )

  const ingestEvents = db.transaction(
    (
      id: string,
      events: readonly TrainerEvent[],
      bytes: number,
      fold: (record: RunRecord, event: TrainerEvent) => RunRecord
    ): TrainerEvent[] => {
      const at = position(id)
      const fresh = events.filter((event) => event.seq > at.seq)
      if (fresh.length === 0) {
        if (bytes > at.bytes) sql.setPosition.run(at.seq, bytes, id)
        return []
      }
      let record = run(id)
      if (!record) throw new Error(`events of run ${id}, which is not in the history`)
      const timing = openTiming(id)
      for (const event of fresh) {
        record = fold(record, event)
        timing?.take(event)
        if (event.type === 'started') {
          // What an earlier stretch wrote past the point of resumption never happened.
          const from = event.resumedFrom ?? -1
          sql.dropMetrics.run(id, from)
          sql.dropCheckpoints.run(id, from)
          const rows = sql.lastValues.all(id) as [string, MetricValue, number][]
          record = { ...record, last: Object.fromEntries(rows) }
        } else if (event.type === 'metrics') {
          for (const [name, value] of Object.entries(event.values)) {
            sql.insertMetric.run(id, name, event.step, value)
          }
          record = { ...record, last: { ...record.last, ...event.values } }
        } else if (event.type === 'checkpoint') {
          sql.insertCheckpoint.run(id, event.step, event.name, Math.round(event.at))
          for (const step of event.removed ?? []) sql.dropCheckpoint.run(id, step)
        }
      }
      timing?.close()
      sql.update.run(toRow(record))
      sql.setPosition.run(fresh.at(-1)!.seq, bytes, id)
      return fresh
    }
  )

  const nameRuns = db.transaction((seedless: (config: unknown) => string): void => {
    for (const { id, config } of sql.nameless.all().map(toRecord)) {
      const name = seedless(config)
      const { color, shade } = lookOf(name)
      sql.setSeedless.run(name, color, shade, id)
    }
  })

  function lookOf(seedless: string): { color: number; shade: number } {
    return {
      color: sql.color.get({ seedless }) as number,
      shade: sql.shade.get(seedless) as number
    }
  }

  /** Keeps the time at work of what is taken in; null for a run whose earlier lines must be read first. */
  function openTiming(
    id: string
  ): { take: (event: TrainerEvent) => void; close: () => void } | null {
    const stored = sql.clock.get(id) as (WorkClock & { timed: number }) | undefined
    if (!stored?.timed) return null
    let clock: WorkClock = { workedMs: stored.workedMs, since: stored.since }
    const times: StepTimes = {
      upTo: (step) => (sql.timeAt.get(id, step) as number | undefined) ?? null,
      put: (step, ms) => void sql.insertTime.run(id, step, ms),
      dropAfter: (step) => void sql.dropTimes.run(id, step)
    }
    return {
      take: (event) => void (clock = timeEvent(clock, event, times)),
      close: () => void sql.setClock.run(Math.round(clock.workedMs), round(clock.since), id)
    }
  }

  const setTimes = db.transaction((id: string, bytes: number, { times, clock }: WorkTimes) => {
    if (position(id).bytes !== bytes) return false
    sql.dropTimes.run(id, -1)
    for (const [step, ms] of times) sql.insertTime.run(id, step, ms)
    sql.setClock.run(Math.round(clock.workedMs), round(clock.since), id)
    sql.touch.run(id)
    return true
  })

  const recorded = createRecorded(sql, run)

  function position(id: string): Position {
    return (sql.position.get(id) as Position | undefined) ?? { seq: 0, bytes: 0 }
  }

  function runsIn(states: readonly RunState[]): RunRecord[] {
    return sql.inState.all(JSON.stringify(states)).map(toRecord)
  }

  /** The first of many, without reading them all. */
  function firstIn(
    states: readonly RunState[],
    wanted: (record: RunRecord) => boolean
  ): RunRecord | undefined {
    for (const row of sql.inState.iterate(JSON.stringify(states))) {
      const record = toRecord(row)
      if (wanted(record)) return record
    }
    return undefined
  }

  return {
    /** Adds a run; one that is there already, found by another process a moment ago, stays as it is. */
    insertRun: (record: RunRecord): void => insertRun.immediate(record),
    /** The colour that runs of this config have, or that the first of them would get, and the next run's shade of it. */
    lookOf,
    /** Runs of before there were colours get theirs, the oldest first. */
    nameRuns: (seedless: (config: unknown) => string): void => nameRuns.immediate(seedless),
    run,
    /** All runs, newest first. */
    runs: (): RunRecord[] => sql.runs.all().map(toRecord),
    /** Runs that were made for a study, not trashed. */
    runsOfStudy: (id: string): RunRecord[] => sql.ofStudy.all(id).map(toRecord),
    /** Runs in one of the states, not trashed, in the order of the queue. */
    runsIn,
    /** The first of {@link runsIn} that is wanted; `wanted` must not ask the store. */
    firstIn,
    /** How many runs of this computer are in one of the states. */
    countIn: (states: readonly RunState[]): number =>
      sql.countInState.get(JSON.stringify(states)) as number,
    /** The engine of the newest run that has started here, null before any has. */
    latestEngine(): EngineInfo | null {
      const text = sql.latestEngine.get() as string | undefined
      return text === undefined ? null : EngineInfo.parse(JSON.parse(text))
    },
    /** Changes a run by a function of what it is now; `undefined` leaves it alone. Returns the run after it. */
    change: (
      id: string,
      change: (record: RunRecord) => RunChanges | undefined
    ): RunRecord | undefined => changeRun.immediate(id, change),
    /** Takes the first queued run that may be taken; no other process can take the same one. */
    claim: (mayTake: (record: RunRecord) => boolean, changes: RunChanges): RunRecord | undefined =>
      claimRun.immediate(mayTake, changes),
    /**
     * Takes in events in one transaction; those already known by their number are passed over.
     * @param bytes where the last of them ends in events.jsonl
     * @param fold what an event does to the run's row; metrics and checkpoints are this store's own business
     * @returns the events that were new
     */
    ingest: (
      id: string,
      events: readonly TrainerEvent[],
      bytes: number,
      fold: (record: RunRecord, event: TrainerEvent) => RunRecord
    ): TrainerEvent[] => ingestEvents.immediate(id, events, bytes, fold),
    position,
    checkpoints: (id: string): StoredCheckpoint[] => sql.checkpoints.all(id) as StoredCheckpoint[],
    dropCheckpoint: (id: string, step: number): void => void sql.dropCheckpoint.run(id, step),

    ...recorded,
    /** Runs whose time at work has not been read yet: those of before it was kept. */
    untimed: (): string[] => sql.untimed.all() as string[],
    /**
     * Stores what reading a run's lines from their start on found, if that went as far as they have been taken in.
     * @returns whether it did
     */
    setTimes: (id: string, bytes: number, found: WorkTimes): boolean =>
      setTimes.immediate(id, bytes, found),

    /**
     * For each asked [run, metric, step] the last value at or before the step; null where there is none, and for a
     * step beyond the last recorded one.
     */
    valuesAt: (
      asked: readonly (readonly [id: string, name: string, step: number])[]
    ): MetricValue[] => sql.valuesAt.all(JSON.stringify(asked)) as MetricValue[],
    /** For each asked [run, metric] the highest and the lowest value; null where there is none. */
    extremes: (
      asked: readonly (readonly [id: string, name: string])[]
    ): { low: MetricValue; high: MetricValue }[] =>
      sql.extremes.all(JSON.stringify(asked)) as { low: MetricValue; high: MetricValue }[],

    /** Saved views of before they were files. */
    views: (): StoredView[] => sql.views.all() as StoredView[],
    removeView: (name: string): void => void sql.removeView.run(name),

    setting: (key: string): string | undefined => sql.setting.get(key) as string | undefined,
    setSetting: (key: string, value: string): void => void sql.setSetting.run(key, value),

    /** Moves when another connection has changed the file. */
    dataVersion: (): number => db.pragma('data_version', { simple: true }) as number,
    revision: (): number => sql.revision.get() as number,
    /** Ids of runs that any process changed after a revision. */
    changedSince: (revision: number): string[] => sql.changedSince.all(revision) as string[],

    /** Makes a checked copy of the history (backups.ts). @returns its path */
    backUp: makeBackup,
    /** What a check of the whole file finds, null where all is well; takes seconds where there are gigabytes. */
    fault: (): string | null => faultOf(db, 'integrity_check'),

    /** The last connection to close writes the log back into the file. */
    close: (): void => void db.close()
  }
}
