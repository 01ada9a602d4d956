/**
 * A folder of weights becomes a run folder. It is read by a trainer's process: the models are there, and a file that
 * breaks its reader breaks nothing else. The run folder is made aside and renamed, so that there is a whole one or none.
 */
import { fork } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { basename, join } from 'node:path'
import type { RunConfig } from '@shared/config'
import { fromErrorMessage, UserError } from '@shared/errors'
import {
  ImportAnswer,
  type EngineChoice,
  type ImportOrder,
  type TrainerEvent
} from '@shared/events'
import { pinDataset } from '../datasets/index'
import { childPort } from '../ports'
import { hashConfig } from '../server/config-hash'
import { writeWhole, type RunFile } from '../server/folders'
import { newRunId } from '../server/server'
import { isEventFile } from '../tensorboard/reader'
import type { Arguments, Host } from './command'
import { importCurves } from './import-curves'
import { libraryFolder } from './library-folder'

export interface ImportSettings {
  source: string
  config: RunConfig | null
  step: number | null
  name: string | undefined
  engine: EngineChoice
}

/**
 * @returns the id of the new run, whose checkpoint is at its last step
 * @throws {UserError} why the folder is refused; nothing is left behind
 */
export async function importFolder(
  host: Host,
  args: Arguments,
  { source, config, step, name, engine }: ImportSettings
): Promise<string> {
  const now = host.now()
  return makeRun(host, args, now, async (folder, id) => {
    const pinned = config && { ...config, dataset: pinDataset(config.dataset, process.cwd()) }
    const read = await readBy(host.paths.trainer, { source, folder, config: pinned, step })
    const line: TrainerEvent = {
      ...{ seq: 1, at: now, type: 'checkpoint' },
      ...{ step: read.step, name: read.checkpoint }
    }
    writeFileSync(join(folder, 'events.jsonl'), `${JSON.stringify(line)}\n`)
    return {
      ...{ version: 1, id, createdAt: now, preset: null, study: null, engine },
      name: name?.trim() || `imported ${basename(source)}`,
      configHash: hashConfig(read.config),
      origin: { kind: 'transformers', source, at: now, notes: read.notes },
      config: read.config
    }
  })
}

/** Whether a folder holds TensorBoard's event files. */
export const isCurveFolder = (source: string): boolean =>
  existsSync(source) && statSync(source).isDirectory() && readdirSync(source).some(isEventFile)

/**
 * The same of TensorBoard's event files: curves, and no checkpoint.
 * @throws {UserError} why the files are refused; nothing is left behind
 */
export function importCurveFolder(
  host: Host,
  args: Arguments,
  settings: Pick<ImportSettings, 'source' | 'name'> & {
    config: RunConfig
    map: ReadonlyMap<string, string>
  }
): Promise<string> {
  const { source, name } = settings
  const now = host.now()
  return makeRun(host, args, now, (folder, id) => {
    const { config, notes } = importCurves(source, folder, settings.config, settings.map)
    return Promise.resolve<RunFile>({
      ...{ version: 1, id, createdAt: now, preset: null, study: null, engine: 'auto' },
      name: name?.trim() || `imported ${basename(source)}`,
      configHash: hashConfig(config),
      origin: { kind: 'tensorboard', source, at: now, notes },
      config
    })
  })
}

/** Has a run folder filled aside, then puts it in its place: there is a whole one or none. @returns its id */
async function makeRun(
  host: Host,
  args: Arguments,
  now: number,
  fill: (folder: string, id: string) => Promise<RunFile>
): Promise<string> {
  const id = newRunId(now)
  const runs = join(libraryFolder(host, args), 'runs')
  const aside = join(runs, `.import-${id}`)
  const madeFirst = mkdirSync(aside, { recursive: true })
  try {
    writeWhole(join(aside, 'config.json'), await fill(aside, id))
    renameSync(aside, join(runs, id))
    return id
  } catch (error) {
    // A library that was made for it goes with it.
    rmSync(madeFirst ?? aside, { recursive: true, force: true })
    throw error
  }
}

/** What a trainer's process makes of the order. */
async function readBy(
  entry: string,
  order: ImportOrder
): Promise<Extract<ImportAnswer, { type: 'imported' }>> {
  const child = fork(entry, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  let words = ''
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (words += chunk))
  const port = childPort(child)
  const answer = await new Promise<ImportAnswer | null>((resolve) => {
    port.onMessage((message) => resolve(ImportAnswer.parse(message)))
    child.once('error', () => resolve(null))
    child.once('exit', () => resolve(null))
    port.post({ type: 'import', order })
  })
  if (answer?.type === 'imported') return answer
  if (answer) throw fromErrorMessage(answer.error)
  throw new UserError(
    'import.broken',
    `Reading ${order.source} ended the process that read it: ${words.trim().split('\n').at(-1) || 'without a word'}.`,
    'The files may be damaged, or larger than this machine has memory for.'
  )
}
