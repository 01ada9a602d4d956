/**
 * From run folders into the history. The file is the one way in, for a run of our own as for one that another
 * process trains: a trainer's message only says that there is something to read. Each server reads for itself,
 * so that each can tell its clients; the store takes every event once.
 */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { unassigned, type RunRecord, type Store } from '../store/store'
import type { Broadcast } from './broadcast'
import { hashSeedless } from './config-hash'
import { readEventLines } from './event-lines'
import type { Folders, Label, RunFile } from './folders'
import type { Milestones } from './milestones'
import { applyEvent } from './run-states'

export interface Ingest {
  /** Reads what a run's trainer has written since the last time. */
  read(id: string): void
  /** Takes in all folders: runs that the history does not know, and lines it has missed. */
  readAll(): Promise<void>
  /** The same for some folders of runs/. */
  takeIn(ids: readonly string[]): Promise<void>
  /** Takes names, tags and notes of runs that the history knows from their folders again. */
  readLabels(): void
}

export interface IngestOptions {
  store: Store
  folders: Folders
  broadcast: Broadcast
  milestones: Milestones
  /** A run went on from an older checkpoint, since those of these steps are damaged. */
  onDamaged: (id: string, steps: readonly number[], from: number) => void
  log: (line: string) => void
}

export function createIngest(options: IngestOptions): Ingest {
  const { store, folders, broadcast, milestones, onDamaged, log } = options
  /** Where this server's own reading ended; the store's position may be ahead of it. */
  const ends = new Map<string, number>()

  /** Reads one chunk; returns whether there is more. */
  function readChunk(id: string, place: 'runs' | 'trash'): boolean {
    const from = ends.get(id) ?? store.position(id).bytes
    const lines = readEventLines(join(folders.runFolder(id, place), 'events.jsonl'), from)
    for (const { at, text } of lines.refused) {
      log(
        `run ${id}: the line at byte ${at} of events.jsonl is no event and is passed over: ${text}`
      )
    }
    if (lines.bytes !== from || lines.events.length > 0) {
      for (const event of store.ingest(id, lines.events, lines.bytes, applyEvent)) {
        if (event.type === 'started' && event.damaged) onDamaged(id, event.damaged, event.step)
      }
      broadcast.appended(id, lines.events)
      milestones.ingested(id, lines.events)
      broadcast.changed(id)
    }
    ends.set(id, lines.bytes)
    return lines.more
  }

  function read(id: string): void {
    while (readChunk(id, 'runs'));
  }

  async function readAll(): Promise<void> {
    for (const place of ['runs', 'trash'] as const) {
      for (const id of folders.ids(place)) await takeInOne(id, place)
      await setImmediate()
    }
  }

  async function takeInOne(id: string, place: 'runs' | 'trash'): Promise<void> {
    const known = store.run(id)
    if (!known) {
      const file = folders.read(id, place)
      if (!file) {
        log(`${place}/${id} has no readable config.json and is left out`)
        return
      }
      if (file.id !== id) log(`${place}/${id} calls itself ${file.id}; the folder's name is used`)
      store.insertRun(found(id, file))
    }
    // The folder is the record: where it lies decides.
    const trashed = place === 'trash'
    if ((known?.trashed ?? false) !== trashed) store.change(id, () => ({ trashed }))
    while (readChunk(id, place)) await setImmediate()
    dropLostCheckpoints(id, place)
  }

  function readLabels(): void {
    for (const place of ['runs', 'trash'] as const) {
      for (const id of folders.ids(place)) {
        const file = store.run(id) && folders.read(id, place)
        if (!file) continue
        const { name, archived, tags, note } = file
        store.change(id, () => ({ name, archived, tags, note }))
      }
    }
  }

  /** Checkpoints that were pruned or deleted by hand cannot be resumed from. */
  function dropLostCheckpoints(id: string, place: 'runs' | 'trash'): void {
    const known = store.checkpoints(id)
    if (known.length === 0) return
    const there = folders.checkpoints(id, place)
    for (const { step, name } of known) if (!there.has(name)) store.dropCheckpoint(id, step)
  }

  return {
    read,
    readAll,
    readLabels,
    async takeIn(ids) {
      for (const id of ids) await takeInOne(id, 'runs')
    }
  }
}

/** A run that only its folder knows. Its events, read next, tell the rest. */
function found(id: string, file: RunFile & Label): RunRecord {
  return {
    ...newRun({ ...file, id }),
    archived: file.archived,
    tags: file.tags,
    note: file.note,
    state: 'interrupted',
    error: 'It was found in the library folder without a word on how it ended.'
  }
}

/** The row of a run as it was ordered, queued by nobody. */
export function newRun(file: RunFile): RunRecord {
  const budget = file.config['budget'] as { steps?: unknown } | undefined
  return {
    id: file.id,
    name: file.name,
    state: 'queued',
    error: null,
    config: file.config,
    configHash: file.configHash,
    preset: file.preset,
    cluster: file.cluster ?? null,
    study: file.study,
    origin: file.origin ?? null,
    priority: 0,
    crashes: 0,
    engineWanted: file.engine,
    createdAt: file.createdAt,
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    step: 0,
    steps: typeof budget?.steps === 'number' ? budget.steps : 0,
    stepsPerEpoch: null,
    parameterCount: null,
    cost: null,
    pace: null,
    parent: file.parent ?? null,
    datasetHash: null,
    engine: null,
    last: {},
    milestones: null,
    lastCheckpoint: null,
    checkpoints: 0,
    archived: false,
    trashed: false,
    tags: [],
    note: '',
    seedless: hashSeedless(file.config),
    color: file.color ?? unassigned,
    shade: file.shade ?? unassigned,
    resume: false,
    owner: null
  }
}
