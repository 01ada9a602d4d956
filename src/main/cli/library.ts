/**
 * The library as the command line meets it: a server within this process, and a client of it. Verbs load this
 * when they run: the doctor must be able to speak where SQLite cannot even be loaded.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { events, requests, type ApiClient, type OnEvent, type RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { connect } from '@shared/rpc'
import { memoryPair } from '../ports'
import { usualWay } from '../cluster/connection'
import type { ClusterSettings } from '../cluster/clusters'
import type { Takes } from '../server/queue'
import { readPresets, readStudyPresets } from '../server/presets'
import type { StartProbe } from '../doctor/engine-probe'
import { forkInspector, type StartInspector, type StartTrainer } from '../server/runners'
import { startServer, type Server } from '../server/server'
import type { Arguments, Host } from './command'
import { libraryFolder } from './library-folder'

export interface Library {
  server: Server
  request: ApiClient
  on: OnEvent
  /** A run's folder. */
  folder(run: Pick<RunRow, 'id' | 'trashed'>): string
}

export interface OpenSettings {
  startTrainer: StartTrainer | null
  startProbe?: StartProbe
  startInspector?: StartInspector
  takes: Takes
  /** How many to train at once, whatever the queue is set to. */
  parallel?: number
  /** How it looks after clusters; left out, it does not. */
  clusters?: ClusterSettings
  /** Takes the server's log lines. */
  log: (line: string) => void
}

/** Half a minute between rounds: pollers that ask more often have brought clusters down. */
const pollMs = 30_000

/** How a command looks after clusters: questions of a login go to the terminal. */
export const clusterSettings = (host: Host, every = pollMs): ClusterSettings => ({
  // .../out/main/cli.js
  root: dirname(dirname(dirname(host.paths.cli))),
  way: usualWay(host.platform),
  pollMs: every,
  ask: host.ask ?? null
})

/** Opens a library, making its folder where it is missing. */
export async function openLibrary(
  host: Host,
  folder: string,
  { log, ...settings }: OpenSettings
): Promise<Library> {
  const server = await startServer({
    ...{ library: folder, version: host.version, log, now: host.now, ...settings },
    presets: readPresets(host.paths.presets, log),
    studyPresets: readStudyPresets(host.paths.studies, log)
  })
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const { request, on } = connect(ours, requests, events)
  return {
    server,
    request,
    on,
    folder: ({ id, trashed }) => join(folder, trashed ? 'trash' : 'runs', id)
  }
}

/**
 * Looks into a library without training anything.
 * @returns what `look` returns, or `nothing` where the default library was never made
 * @throws {UserError} `library.missing` where a folder was named that is not there: a slip must not make one
 */
export async function lookInto<T>(
  host: Host,
  args: Arguments,
  nothing: T,
  look: (library: Library) => Promise<T>,
  settings: Pick<OpenSettings, 'startInspector' | 'clusters'> = {}
): Promise<T> {
  const folder = libraryFolder(host, args)
  if (!existsSync(folder)) {
    if (args.text('runs') === undefined) return nothing
    throw new UserError(
      'library.missing',
      `There is no library folder ${folder}.`,
      'Name another one with --runs; `grokscope train` makes it.'
    )
  }
  const log = (line: string): void => host.err(`${line}\n`)
  const library = await openLibrary(host, folder, {
    ...{ startTrainer: null, takes: 'own', log },
    ...settings
  })
  try {
    return await look(library)
  } finally {
    await library.server.close('The command ended.')
  }
}

/** Looks into a library with a process that inspects checkpoints; undefined as `lookInto` returns `nothing`. */
export function inspectInto<T>(
  host: Host,
  args: Arguments,
  look: (library: Library) => Promise<T>
): Promise<T | undefined> {
  const startInspector = host.startInspector ?? forkInspector(host.paths.trainer)
  return lookInto<T | undefined>(host, args, undefined, look, { startInspector })
}

/**
 * The run that a command names: by its id, the beginning of its id, or its name.
 * @throws {UserError} `run.unknown`, or `run.ambiguous` with those it could be
 */
export function findRun(runs: readonly RunRow[], name: string): RunRow {
  const exact = runs.find((run) => run.id === name)
  if (exact) return exact
  const found = runs.filter((run) => run.name === name || (name !== '' && run.id.startsWith(name)))
  const [first, ...others] = found
  if (!first) {
    throw new UserError(
      'run.unknown',
      `There is no run "${name}".`,
      'Name a run by its id, the beginning of its id, or its name: see grokscope runs --all.'
    )
  }
  if (others.length > 0) {
    const listed = found.slice(0, 5).map((run) => `${run.id} (${run.name})`)
    throw new UserError(
      'run.ambiguous',
      `"${name}" could be ${found.length} runs: ${listed.join(', ')}${found.length > 5 ? ', ...' : ''}.`,
      'Name it by its id.'
    )
  }
  return first
}
