/**
 * The server's side of the library's folders.
 *
 *     runs/ID/config.json     what was ordered: written once, before the run is queued, and never changed
 *     runs/ID/label.json      what may change later, {name, archived, tags, note}: it wins over the name in
 *                             config.json, so that a history rebuilt from folders keeps all of it
 *     runs/ID/extension.json  {version, steps, why}: the steps that it was extended to beyond its budget, if it was
 *     runs/ID/events.jsonl    written by the trainer alone
 *     runs/ID/trainer.json    the process that trains here now, written and removed by the trainer
 *     runs/ID/stderr.log      what the trainer's process said outside of the protocol
 *     trash/ID/               the same, deleted by the user and restorable
 *     studies/ID/study.json   see study-folders.ts
 *     .incoming/              packs on their way in, see pack-import.ts; .outgoing/ those on their way out
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineChoice } from '@shared/events'
import { ForkOrigin } from '@shared/fork'
import { RunOrigin } from '@shared/origin'
import { StudyCell } from '@shared/study'
import { ProcessName } from '../processes'
import { writeWholeFile } from '../whole-file'

export const RunFile = z.object({
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  /** Unix time, milliseconds. */
  createdAt: z.number(),
  preset: z.string().nullable(),
  /** Folders from before there were studies have none. */
  study: StudyCell.nullable().default(null),
  /** The profile of the cluster that trains it; left out: this computer. */
  cluster: z.string().nullable().optional(),
  /** Where it begins, if not at fresh weights. */
  parent: ForkOrigin.nullable().optional(),
  configHash: z.string(),
  /** Of a run that was not trained here; folders from before there were imports have none. */
  origin: RunOrigin.nullable().optional(),
  /** The engine that was asked for. */
  engine: EngineChoice,
  /** The number of its colour; left out in folders of before there were any. */
  color: z.int().min(0).optional(),
  /** Which of the runs of that colour it is; likewise. */
  shade: z.int().min(0).optional(),
  /** The resolved RunConfig. */
  config: z.record(z.string(), z.unknown())
})
export type RunFile = z.infer<typeof RunFile>

export const LabelFile = z.object({
  name: z.string(),
  archived: z.boolean(),
  tags: z.array(z.string()).default([]),
  note: z.string().default('')
})
export type Label = z.infer<typeof LabelFile>

export const ExtensionFile = z.object({
  version: z.literal(1),
  steps: z.int().positive(),
  /** What moved, in words. */
  why: z.string()
})
export type Extension = Omit<z.infer<typeof ExtensionFile>, 'version'>

/** Folder names that are run ids; anything else in runs/ is somebody else's. */
const runId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export type Folders = ReturnType<typeof openFolders>

/** The folders of a library, made where missing. */
export function openFolders(library: string) {
  const places = { runs: join(library, 'runs'), trash: join(library, 'trash') }
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true })
  const runFolder = (id: string, place: keyof typeof places = 'runs'): string =>
    join(places[place], id)

  return {
    runFolder,
    /** Ids of all run folders in runs/ or trash/. */
    ids: (place: keyof typeof places): string[] =>
      readdirSync(places[place], { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && runId.test(entry.name))
        .map((entry) => entry.name),
    has: (id: string, place: keyof typeof places = 'runs'): boolean =>
      existsSync(join(places[place], id)),
    /** Makes a run's folder. The folder is new: ids are never used twice. */
    create(file: RunFile): void {
      mkdirSync(runFolder(file.id))
      writeWhole(join(runFolder(file.id), 'config.json'), file)
    },
    /** Takes back a folder that was only just made. */
    discard: (id: string): void => rmSync(runFolder(id), { recursive: true, force: true }),
    writeLabel: (id: string, place: keyof typeof places, label: Label): void =>
      writeWhole(join(places[place], id, 'label.json'), label),
    /** What was ordered, with today's name. Null where there is no readable config.json. */
    read(id: string, place: keyof typeof places): (RunFile & Label) | null {
      const file = readJson(join(places[place], id, 'config.json'), RunFile)
      if (!file) return null
      const label = readJson(join(places[place], id, 'label.json'), LabelFile)
      return { ...file, ...(label ?? { archived: false, tags: [], note: '' }) }
    },
    extension: (id: string): Extension | null =>
      readJson(join(runFolder(id), 'extension.json'), ExtensionFile),
    writeExtension: (id: string, extension: Extension): void =>
      writeWhole(join(runFolder(id), 'extension.json'), { version: 1, ...extension }),
    trainer: (id: string): ProcessName | null =>
      readJson(join(runFolder(id), 'trainer.json'), ProcessName),
    /** Names of the checkpoint folders that are there. */
    checkpoints(id: string, place: keyof typeof places): Set<string> {
      const folder = join(runFolder(id, place), 'checkpoints')
      return new Set(existsSync(folder) ? readdirSync(folder) : [])
    },
    /** A checkpoint of one run as one of another. Its files are never changed, so that both may share the bytes. */
    shareCheckpoint(from: string, to: string, name: string): void {
      const [source, target] = [from, to].map((id) => join(runFolder(id), 'checkpoints', name)) as [
        string,
        string
      ]
      mkdirSync(target, { recursive: true })
      for (const file of readdirSync(source)) {
        try {
          linkSync(join(source, file), join(target, file))
        } catch {
          // Not every file system has links.
          copyFileSync(join(source, file), join(target, file))
        }
      }
    },
    lastErrors: (id: string): string => lastLines(join(runFolder(id), 'stderr.log')),
    moveToTrash: (id: string): void => renameSync(runFolder(id), join(places.trash, id)),
    moveFromTrash: (id: string): void => renameSync(join(places.trash, id), runFolder(id))
  }
}

/** Writes JSON that is there whole or not at all. */
export const writeWhole = (path: string, value: unknown): void =>
  writeWholeFile(path, Buffer.from(JSON.stringify(value, null, 2) + '\n'))

/** A JSON file of a known form, or null where it is missing, cut short or of another form. */
export function readJson<T extends z.ZodType>(path: string, schema: T): z.output<T> | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

/** The end of a log: at most 20 lines and 4 kB; '' where there is none. */
export function lastLines(path: string): string {
  const limitBytes = 4096
  if (!existsSync(path)) return ''
  const fd = openSync(path, 'r')
  try {
    const { size } = statSync(path)
    const from = Math.max(0, size - limitBytes)
    const bytes = Buffer.alloc(size - from)
    const read = readSync(fd, bytes, 0, bytes.length, from)
    const lines = bytes.toString('utf8', 0, read).trimEnd().split('\n')
    // A cut first line is dropped where others are left.
    return lines
      .slice(from > 0 && lines.length > 1 ? 1 : 0)
      .slice(-20)
      .join('\n')
  } finally {
    closeSync(fd)
  }
}
