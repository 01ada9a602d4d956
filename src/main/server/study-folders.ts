/**
 * Studies as plain files. The folder is the record: a study is what its file says now, and the runs that it has are
 * those whose config.json names it.
 *
 *     studies/ID/study.json   {version, id, createdAt, archived, study, verdicts, origin}: written whole, each time
 *                             the study is changed or verdicts on its claims are recorded
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseStudy } from '@shared/study-input'
import type { Study } from '@shared/study'
import { RecordedVerdict } from '@shared/study-standing'
import { readJson, writeWhole } from './folders'

export const StudyFile = z.object({
  version: z.literal(1),
  id: z.string(),
  /** Unix time, milliseconds. */
  createdAt: z.number(),
  archived: z.boolean().default(false),
  /** Of a study that came in a replication pack: the pack's fingerprint and the study's id there. */
  origin: z.object({ fingerprint: z.string(), study: z.string() }).optional(),
  study: z.unknown(),
  verdicts: z.array(RecordedVerdict).default([])
})
/** A study as its file has it. */
export type StudyFile = z.infer<typeof StudyFile>

export interface StoredStudy {
  id: string
  createdAt: number
  archived: boolean
  origin?: StudyFile['origin']
  study: Study
  /** On its claims, as they were recorded. */
  verdicts: RecordedVerdict[]
}

/** Names of folders that are ids of studies; anything else is somebody else's. */
export const studyId = /^[a-z0-9][a-z0-9-]{0,99}$/

export type StudyFolders = ReturnType<typeof openStudyFolders>

/** The studies of a library; the folder is made where missing. */
export function openStudyFolders(library: string, log: (line: string) => void) {
  const place = join(library, 'studies')
  mkdirSync(place, { recursive: true })

  function read(id: string): StoredStudy | null {
    if (!studyId.test(id)) return null
    const file = readJson(join(place, id, 'study.json'), StudyFile)
    if (!file) return null
    try {
      const { createdAt, archived, verdicts, origin } = file
      const study = parseStudy(file.study)
      return { id, createdAt, archived, ...(origin && { origin }), study, verdicts }
    } catch (error) {
      log(`studies/${id} is passed over: ${(error as Error).message}`)
      return null
    }
  }

  return {
    folder: (id: string): string => join(place, id),
    read,
    /** All studies, the newest first. */
    list: (): StoredStudy[] =>
      readdirSync(place, { withFileTypes: true })
        .flatMap((entry) => (entry.isDirectory() ? (read(entry.name) ?? []) : []))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)),
    write(stored: StoredStudy): void {
      mkdirSync(join(place, stored.id), { recursive: true })
      writeWhole(join(place, stored.id, 'study.json'), { version: 1, ...stored })
    }
  }
}
