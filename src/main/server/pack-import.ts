/**
 * A pack becomes runs and a study of a library. It is unpacked and checked in a folder of its own within the library
 * (.incoming/NAME), then what will be moved where is written down there, then it is moved. A process that dies before
 * the plan is written leaves nothing behind, one that dies after it leaves a plan that the next server carries out.
 *
 * A run keeps its id where that is free and looks like one of ours. A run is there already if it has that id and the
 * same event lines, or came from a pack with both; the same for a study and its definition. What is there is left as
 * it is: opening a pack twice adds nothing.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { OpenedPack } from '@shared/pack'
import { parseStudy } from '@shared/study-input'
import { damaged, parsePackJson, type ReadManifest } from '../packs/manifest'
import { unpack } from '../packs/unpack'
import { measureFile } from '../measure-file'
import { canonicalJson, hashConfig } from './config-hash'
import { ExtensionFile, LabelFile, openFolders, readJson, RunFile, writeWhole } from './folders'
import { clearStages, makeStage, removeStage } from './stages'
import { openStudyFolders, StudyFile, studyId, type StoredStudy } from './study-folders'

const planName = 'plan.json'

/** Moves within a library, by paths below it with forward slashes. */
const Plan = z.object({ moves: z.array(z.object({ from: z.string(), to: z.string() })) })
type Plan = z.infer<typeof Plan>

export interface ImportSettings {
  /** Absolute path of the library; it is made where missing. */
  library: string
  /** Absolute path of the pack. */
  file: string
  /** What to call it where the file's own name says nothing. */
  name?: string
  /** Makes an id that no run has. */
  newId: (at: number) => string
  /** Unix time, milliseconds. */
  now: number
}

/**
 * Takes a pack into a library.
 * @throws {UserError} why the pack is refused (packs/unpack.ts, or `pack.damaged` for what is no run); the library is
 *   as it was then
 */
export async function importPack(settings: ImportSettings): Promise<OpenedPack> {
  const { library, file } = settings
  const stage = makeStage(library, '.incoming')
  try {
    const content = join(stage.folder, 'content')
    const read = await unpack(file, content)
    const staged = `.incoming/${stage.name}/content`
    const { plan, opened } = await prepare(settings, read, content, staged)
    writeWhole(join(stage.folder, planName), plan)
    carryOut(library, plan)
    return opened
  } finally {
    removeStage(stage)
  }
}

/** Ends what processes that are gone had begun: a plan that was written is carried out, the rest is removed. */
export function finishImports(library: string): void {
  clearStages(library, '.incoming', (folder) => {
    const plan = readJson(join(folder, planName), Plan)
    if (plan) carryOut(library, plan)
  })
}

function carryOut(library: string, { moves }: Plan): void {
  for (const { from, to } of moves) {
    const [source, target] = [join(library, from), join(library, to)]
    // Moved before the process died that wrote the plan.
    if (existsSync(source) && !existsSync(target)) renameSync(source, target)
  }
}

interface Known {
  /** By the id and the event lines that a run had in a pack, the id that it has here. */
  byOrigin: ReadonlyMap<string, string>
  folders: ReturnType<typeof openFolders>
}

async function prepare(
  settings: ImportSettings,
  { manifest, fingerprint }: ReadManifest,
  content: string,
  staged: string
): Promise<{ plan: Plan; opened: OpenedPack }> {
  const { library, now } = settings
  const folders = openFolders(library)
  const known: Known = { folders, byOrigin: importedRuns(folders) }
  const study = manifest.study === null ? null : prepareStudy(settings, fingerprint, content)
  const opened: OpenedPack = {
    ...{ title: manifest.title, fingerprint, added: [], known: [], notes: [...manifest.notes] },
    study: study?.id ?? null
  }
  const source = settings.name ?? basename(settings.file)
  const eventsOf = (id: string): string => manifest.members[`runs/${id}/events.jsonl`]?.sha256 ?? ''
  // Ids first: a fork names its parent.
  const ids = new Map<string, string>()
  for (const { id } of manifest.runs) {
    const there = await findRun(known, id, eventsOf(id))
    const list = there ? opened.known : opened.added
    list.push(there ?? freeId(settings, known, opened.added, id))
    ids.set(id, list.at(-1)!)
  }
  const plan: Plan = { moves: [] }
  for (const [id, target] of ids) {
    const folder = join(content, 'runs', id)
    const file = checkRun(folder, id)
    if (opened.known.includes(target)) continue
    const { study: cell, parent } = file
    const events = eventsOf(id)
    writeWhole(join(folder, 'config.json'), {
      ...file,
      id: target,
      parent: parent ? { ...parent, run: ids.get(parent.run) ?? parent.run } : null,
      study: cell && study && cell.id === manifest.study ? { ...cell, id: study.id } : null,
      origin: {
        ...{ kind: 'pack', source, at: now, notes: file.origin?.notes ?? [] },
        pack: { fingerprint, run: id, events }
      }
    } satisfies RunFile)
    plan.moves.push({ from: `${staged}/runs/${id}`, to: `runs/${target}` })
  }
  // Last: a study whose runs are not there yet would have them trained.
  if (study && !study.known) {
    plan.moves.push({ from: `${staged}/studies/${study.id}`, to: `studies/${study.id}` })
  }
  return { plan, opened }
}

/** @throws {UserError} `pack.damaged` for a run that the library would not read */
function checkRun(folder: string, id: string): RunFile {
  const name = `runs/${id}/config.json`
  const parsed = RunFile.safeParse(parsePackJson(readFileSync(join(folder, 'config.json')), name))
  if (!parsed.success) throw damaged(`${name} is not that of a run`)
  const file = parsed.data
  if (hashConfig(file.config) !== file.configHash)
    throw damaged(`${name}: its config does not match its hash`)
  try {
    parseRunConfig(file.config)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(
      'pack.config',
      `Run ${id} of the pack is refused: ${error.message}`,
      error.hint,
      error.issues
    )
  }
  for (const [other, schema] of [
    ['label.json', LabelFile],
    ['extension.json', ExtensionFile]
  ] as const) {
    const path = join(folder, other)
    if (!existsSync(path)) continue
    const content = parsePackJson(readFileSync(path), `runs/${id}/${other}`)
    if (!schema.safeParse(content).success)
      throw damaged(`runs/${id}/${other} is not that of a run`)
  }
  return file
}

function importedRuns(folders: Known['folders']): Map<string, string> {
  const found = new Map<string, string>()
  for (const place of ['runs', 'trash'] as const) {
    for (const id of folders.ids(place)) {
      const pack = folders.read(id, place)?.origin?.pack
      if (pack) found.set(`${pack.run} ${pack.events}`, id)
    }
  }
  return found
}

/** The id here of a run that is there already, in the trash or not. */
async function findRun(
  { folders, byOrigin }: Known,
  id: string,
  events: string
): Promise<string | null> {
  for (const place of ['runs', 'trash'] as const) {
    const lines = join(folders.runFolder(id, place), 'events.jsonl')
    if (existsSync(lines) && (await measureFile(lines)).sha256 === events) return id
  }
  return byOrigin.get(`${id} ${events}`) ?? null
}

/** As runs are called here: a folder's name on every system. */
const ownForm = /^\d{8}-\d{6}-[0-9a-f]{4}$/

function freeId(
  { newId, now }: ImportSettings,
  { folders }: Known,
  taken: readonly string[],
  id: string
): string {
  const isFree = (name: string): boolean =>
    !taken.includes(name) && !folders.has(name) && !folders.has(name, 'trash')
  if (ownForm.test(id) && isFree(id)) return id
  let made = newId(now)
  while (!isFree(made)) made = newId(now)
  return made
}

/** @throws {UserError} `pack.damaged`, or why the study is refused */
function prepareStudy(
  { library, now }: ImportSettings,
  fingerprint: string,
  content: string
): { id: string; known: boolean } {
  const parsed = StudyFile.safeParse(
    parsePackJson(readFileSync(join(content, 'study.json')), 'study.json')
  )
  if (!parsed.success) throw damaged('study.json is not that of a study')
  const { id: was, archived, verdicts } = parsed.data
  const study = parseStudy(parsed.data.study)
  const studies = openStudyFolders(library, () => undefined)
  const same = ({ id, origin, study: other }: StoredStudy): boolean =>
    (origin?.study === was && origin.fingerprint === fingerprint) ||
    (id === was && canonicalJson(other) === canonicalJson(study))
  const there = studies.list().find(same)
  if (there) return { id: there.id, known: true }
  const isFree = (id: string): boolean => studyId.test(id) && !existsSync(studies.folder(id))
  let id = was
  while (!isFree(id)) id = `${study.name}-${randomBytes(2).toString('hex')}`
  const folder = join(content, 'studies', id)
  mkdirSync(folder, { recursive: true })
  const stored: StudyFile = {
    version: 1,
    id,
    createdAt: now,
    archived,
    origin: { fingerprint, study: was },
    study,
    verdicts
  }
  writeWhole(join(folder, 'study.json'), stored)
  return { id, known: false }
}
