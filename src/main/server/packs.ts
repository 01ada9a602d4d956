/** Requests about replication packs: written, read part by part, brought here part by part, opened. */
import { closeSync, openSync, readSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { activeStates, RunRow, type RequestHandlers } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { UserError } from '@shared/errors'
import { packEnding } from '@shared/pack'
import { writePack, type PackFile } from '../packs/write-pack'
import type { RunRecord, Store } from '../store/store'
import type { Broadcast } from './broadcast'
import type { Folders } from './folders'
import type { Ingest } from './ingest'
import { packRun } from './pack-files'
import { curveFigures, studyFigures } from './pack-figures'
import { importPack } from './pack-import'
import { packReadme } from './pack-readme'
import { makeStage, removeStage, type Stage, type StagePlace } from './stages'
import type { StudyPlans } from './study-plans'
import { writeStudyReport } from './study-report'

export interface PacksHost {
  library: string
  version: string
  store: Store
  folders: Folders
  ingest: Ingest
  broadcast: Broadcast
  plans: StudyPlans
  curves: (query: CurvesQuery) => CurvesAnswer
  newId: (at: number) => string
  now: () => number
}

type Methods = Extract<keyof RequestHandlers, `packs.${string}`>

export interface Packs {
  handlers: Pick<RequestHandlers, Methods>
  /** Removes what was written or brought here and not fetched. */
  close(): void
}

const partBytes = 2 ** 22
/** Packs that are being fetched or brought here at one time. */
const mostStages = 8
/** What is left free of the disk while a pack comes in. */
const sparedBytes = 2 ** 28

export function createPacks(host: PacksHost): Packs {
  const { library, version, store, folders, plans, curves, ingest, broadcast, now } = host
  const stages: Record<StagePlace, Map<string, Stage>> = {
    '.incoming': new Map(),
    '.outgoing': new Map()
  }

  function addStage(place: StagePlace): Stage {
    const stage = makeStage(library, place)
    stages[place].set(stage.name, stage)
    // Whoever asked for the oldest has gone, or asks for too much.
    for (const [name] of stages[place]) {
      if (stages[place].size <= mostStages) break
      discard(place, name)
    }
    return stage
  }

  function discard(place: StagePlace, ticket: string): void {
    const stage = stages[place].get(ticket)
    stages[place].delete(ticket)
    if (stage) removeStage(stage)
  }

  function fileOf(place: StagePlace, ticket: string): string {
    const stage = stages[place].get(ticket)
    if (stage) return join(stage.folder, `pack${packEnding}`)
    throw new UserError('pack.gone', 'That pack is not here any more.', 'Write or choose it again.')
  }

  function knownRun(id: string): RunRow {
    const run = store.run(id)
    if (!run)
      throw new UserError('run.unknown', `There is no run "${id}".`, 'It may have been removed.')
    return RunRow.parse(run)
  }

  /** What can be packed of the runs asked for, and a word on what cannot. */
  function choose(
    wanted: readonly RunRow[],
    isStudy: boolean
  ): { runs: RunRow[]; notes: string[] } {
    const notes: string[] = []
    const runs = wanted.filter((run) => {
      const why = whyNot(run, folders)
      if (why === null) return true
      if (!isStudy)
        throw new UserError(
          'pack.run',
          `Run "${run.name}" cannot be packed: ${why}.`,
          'Leave it out, or wait until it is at rest.'
        )
      notes.push(`Run ${run.id} (${run.name}) was left out: ${why}.`)
      return false
    })
    if (runs.length > 0) return { runs, notes }
    throw new UserError(
      'pack.empty',
      'There is no run to pack.',
      'Train one first, or name others.'
    )
  }

  const handlers: Packs['handlers'] = {
    'packs.create': async ({ study: studyId, runs: ids, checkpoints }) => {
      const study = studyId === undefined ? null : plans.known(studyId)
      const wanted = study
        ? store
            .runsOfStudy(study.id)
            .filter(({ trashed }) => !trashed)
            .map((run: RunRecord) => RunRow.parse(run))
        : [...new Set(ids ?? [])].map(knownRun)
      const { runs, notes } = choose(wanted, study !== null)
      const packed = runs.map((run) => packRun(run, folders.runFolder(run.id), checkpoints))
      const files: PackFile[] = packed.flatMap((entry) => entry.files)
      files.push(...(await curveFigures(runs, curves)))
      if (study) {
        files.push({
          name: 'study.json',
          content: json({ version: 1, ...study, origin: undefined })
        })
        files.push(...studyFigures(study.study.title, plans.outcome(study.study, study.id)))
        const report = await writeStudyReport({ plans, version, curves }, study, 'html')
        files.push({ name: 'report.html', content: Buffer.from(report.base64, 'base64') })
      }
      const title =
        study?.study.title ?? (runs.length === 1 ? runs[0]!.name : `${runs.length} runs`)
      const facts = {
        ...{ title: title.slice(0, 400), createdAt: now(), checkpoints, study: study?.id ?? null },
        app: { version, node: process.version },
        runs: packed.map(({ run }) => ({ ...run, name: run.name.slice(0, 400) })),
        notes: [...notes, ...packed.flatMap((entry) => entry.notes)]
      }
      files.push({ name: 'README.md', content: Buffer.from(packReadme(facts)) })
      const stage = addStage('.outgoing')
      const path = join(stage.folder, `pack${packEnding}`)
      const { fingerprint } = await writePack(path, facts, files)
      return {
        ...{
          ticket: stage.name,
          name: fileName(title),
          bytes: statSync(path).size,
          runs: runs.length
        },
        ...{ fingerprint, notes: facts.notes },
        checkpoints: packed.reduce((sum, entry) => sum + entry.checkpoints, 0)
      }
    },

    'packs.read': ({ ticket, offset }) => {
      const path = fileOf('.outgoing', ticket)
      const fd = openSync(path, 'r')
      try {
        const part = Buffer.alloc(partBytes)
        const length = readSync(fd, part, 0, part.length, offset)
        const next = offset + length < statSync(path).size && length > 0 ? offset + length : null
        return { base64: part.toString('base64', 0, length), next }
      } finally {
        closeSync(fd)
      }
    },

    'packs.upload': ({ ticket, offset, base64 }) => {
      const name = ticket ?? addStage('.incoming').name
      const path = fileOf('.incoming', name)
      const { bavail, bsize } = statfsSync(library)
      if (bavail * bsize < sparedBytes) {
        discard('.incoming', name)
        throw new UserError(
          'pack.space',
          'The disk is full.',
          'Make room, then open the pack again.'
        )
      }
      const fd = openSync(path, 'a')
      try {
        if (statSync(path).size !== offset) {
          throw new UserError(
            'pack.order',
            `A part of the pack came out of order, at byte ${offset}.`,
            'Open it again.'
          )
        }
        writeSync(fd, Buffer.from(base64, 'base64'))
      } finally {
        closeSync(fd)
      }
      return { ticket: name }
    },

    'packs.open': async ({ ticket, name }) => {
      try {
        const file = fileOf('.incoming', ticket)
        const opened = await importPack({ library, file, name, newId: host.newId, now: now() })
        await ingest.takeIn(opened.added)
        for (const id of opened.added) broadcast.changed(id)
        if (opened.study) broadcast.studyChanged(opened.study)
        return opened
      } finally {
        discard('.incoming', ticket)
      }
    },

    'packs.discard': ({ ticket }) => {
      discard('.incoming', ticket)
      discard('.outgoing', ticket)
      return {}
    }
  }

  return {
    handlers,
    close() {
      for (const place of ['.incoming', '.outgoing'] as const) {
        for (const [ticket] of stages[place]) discard(place, ticket)
      }
    }
  }
}

function whyNot({ id, state, trashed }: RunRow, folders: Folders): string | null {
  if (trashed) return 'it is in the trash'
  if (activeStates.includes(state)) return `it is ${state}`
  return folders.has(id) ? null : 'its folder is gone'
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

/** `Weight decay and grokking` is `weight-decay-and-grokking.grokpack`. */
function fileName(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${words || 'runs'}${packEnding}`
}
