/**
 * The server: owns the library, answers the contract's requests, tells clients what changes. It is plain Node
 * and talks to clients through Ports alone, so the app, a browser and the command line all meet the same one.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { Preset, RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { requests, RunRow, type RequestHandlers } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { describeDataset } from '@shared/dataset-config'
import type { Study } from '@shared/study'
import { refuseChoice } from '@shared/engine-config'
import { UserError } from '@shared/errors'
import { forkIssues, type ForkOrigin } from '@shared/fork'
import { serve, type Port } from '@shared/rpc'
import { pinDataset, stepsPerEpoch } from '../datasets/index'
import type { RunRecord } from '../store/store'
import { createBroadcast } from './broadcast'
import { hashConfig, hashSeedless } from './config-hash'
import { createCircuits } from './circuits'
import { unknownRun } from './control'
import { figureHandlers, writeRaw } from './figures'
import { createFilm } from './film'
import { createDailyBackups } from './daily-backups'
import { openHistory, takeRestored } from './history'
import { createLibraryNotices } from './library-notices'
import { placeNotices } from './library-place'
import { watchLibrary } from './library-watch'
import { openFolders, type Label, type RunFile } from './folders'
import { createLibraryFaults } from './library-faults'
import { createInspections } from './inspections'
import { createIngest, newRun } from './ingest'
import { usualPatience, type Patience } from './live-run'
import {
  createDoctor,
  describeEngine,
  describeMachine,
  measureMachine,
  type Machine
} from './machine'
import { createMilestones } from './milestones'
import { createMetricValues } from './metric-values'
import { finishImports } from './pack-import'
import { createPacks } from './packs'
import { createPreviews } from './previews'
import { readProof } from './resume-proofs'
import { readWorkTimes } from './work-times'
import { createStudyHandlers } from './studies'
import { clearStages } from './stages'
import { openStudyFolders } from './study-folders'
import { createStudyPlans } from './study-plans'
import { createOwners } from './owners'
import { createQueue, type Takes } from './queue'
import { createClusters, type ClusterSettings } from '../cluster/clusters'
import { createQueueHandlers } from './queue-handlers'
import { openViewFolder } from './view-folder'
import { createViews } from './views'
import type { StartProbe } from '../doctor/engine-probe'
import { describeFolder } from '../doctor/folder'
import type { StartInspector, StartTrainer } from './runners'

/** The library's folder is looked after once in so many looks at the runs. */
const watchPolls = 5

export interface ServerSettings {
  /** Absolute path of the library folder; it is made where missing. */
  library: string
  version: string
  presets: readonly Preset[]
  /** Studies to start from; none where left out. */
  studyPresets?: readonly Study[]
  /** Null: a server that looks on and starts no runs. */
  startTrainer: StartTrainer | null
  /** Left out: a server that starts no engines, and cannot say what this machine trains on. */
  startProbe?: StartProbe
  /** Left out: a server that shows what is kept of inspections, and makes no new ones. */
  startInspector?: StartInspector
  /** Takes one line, or a few, for the log. */
  log: (line: string) => void
  /** Unix time in milliseconds. */
  now: () => number
  /** Absolute path of a better-sqlite3 module to load instead of the package's own. */
  sqlite?: string | undefined
  /**
   * `library` (the default): works off the whole queue, taking over what a server that is gone had queued.
   * `own`: only what was queued here, as a command that trains one run wants it. Of a study: its runs.
   */
  takes?: Takes
  /** How many to train at once, whatever the queue is set to. */
  parallel?: number
  /** What runs share; measured where left out. */
  machine?: () => Machine
  /** Is told when the first trainer starts and when the last has gone: the machine should not go to sleep between. */
  onTraining?: (training: boolean) => void
  patience?: Partial<Patience>
  /** Left out: a server that does not look after clusters; what is queued for one waits for another server. */
  clusters?: ClusterSettings
}

export interface Server {
  /** Answers a client's requests and sends it events until it goes. */
  attach(port: Port): void
  /** Settles when no run is live here and none waits that this server would start. */
  idle(): Promise<void>
  /** Lets the live run write a checkpoint (at most 20 s), then closes clients and the history. */
  close(reason: string): Promise<void>
}

/**
 * Opens a library, takes in what its folders hold, and goes on with its queue.
 * @throws {UserError} `library.unusable`, or why the history cannot be opened (store/database.ts).
 */
export async function startServer(settings: ServerSettings): Promise<Server> {
  const { library, presets, log, now } = settings
  const folders = prepare(library)
  const { store, told } = await openHistory(library, settings, log)
  const row = (id: string): RunRow | undefined => {
    const run = store.run(id)
    return run && RunRow.parse(run)
  }
  const broadcast = createBroadcast(row)
  const notices = createLibraryNotices(broadcast, log, now)
  for (const notice of [...told, ...placeNotices(library)]) notices.tell(notice)
  const clock = (): number => performance.now()
  const openedAt = clock()
  const faults = createLibraryFaults({ library, notices, log })
  const watch = watchLibrary({ library, notices, now, clock })
  const { isThere } = watch
  const backUpDaily = createDailyBackups({ library, store, notices, isThere, log, now })
  const milestones = createMilestones(store, (id) => broadcast.changed(id))
  const ingest = createIngest({
    ...{ store, folders, broadcast, milestones, log },
    onDamaged: (id, steps, from) => faults.checkpoints(store.run(id)?.name ?? id, steps, from)
  })
  const patience = { ...usualPatience, ...settings.patience }
  const { startTrainer, takes = 'library' } = settings
  const owners = createOwners(folders, takes !== 'own')
  const machine = settings.machine ?? ((): Machine => measureMachine(store.latestEngine()))
  const studies = openStudyFolders(library, log)
  const plans = createStudyPlans({ store, studies, presets })
  const clusters = createClusters({
    ...{ library, store, log, now, settings: settings.clusters ?? null },
    runFolder: (id) => folders.runFolder(id),
    read: (id) => ingest.read(id),
    change(id, by) {
      const run = store.change(id, by)
      if (!run) throw unknownRun(id)
      broadcast.changed(id)
      return run
    },
    progress: (id, progress) => broadcast.progress(id, progress),
    told: () => broadcast.clustersChanged()
  })
  const queue = createQueue({
    ...{ store, folders, ingest, owners, broadcast, startTrainer, takes, patience, now },
    ...{ isThere, onFault: faults.unasked },
    ...{
      machine,
      elsewhere: clusters,
      extension: plans.extension,
      parallel: settings.parallel ?? null,
      onTraining: settings.onTraining ?? (() => undefined)
    }
  })
  const curves = (query: CurvesQuery): CurvesAnswer => {
    milestones.settle()
    return store.curves(query)
  }
  const preview = createPreviews()
  const views = createViews(store, openViewFolder(library, log), log, now)
  const metricValues = createMetricValues(store)
  const inspections = createInspections({
    ...{ folders, startInspector: settings.startInspector ?? null, log },
    progress: (ticket, done, total) => broadcast.inspecting(ticket, done, total)
  })
  const circuits = createCircuits({
    ...{ inspections, known, row: (id) => row(id)! },
    progress: (ticket, done, total) => broadcast.inspecting(ticket, done, total)
  })
  let latestOrder = 0
  const diagnose = createDoctor({
    ...settings,
    busy: () => store.runs().find(({ state }) => state === 'running')?.name ?? null
  })

  function known(id: string): RunRecord {
    const run = store.run(id)
    if (!run) throw unknownRun(id)
    return run
  }

  /** The row after a change, which every client is told of. */
  function changed(id: string): RunRow {
    broadcast.changed(id)
    return row(id)!
  }

  function freeRunId(at: number): string {
    const id = newRunId(at)
    return folders.has(id) || folders.has(id, 'trash') ? freeRunId(at) : id
  }

  function create(file: Omit<RunFile, 'version' | 'id' | 'createdAt' | 'color' | 'shade'>): string {
    const createdAt = now()
    const id = freeRunId(createdAt)
    const look = store.lookOf(hashSeedless(file.config))
    const whole: RunFile = { version: 1, id, createdAt, ...look, ...file }
    // Of those queued within one millisecond, too, the first comes first.
    latestOrder = Math.max(createdAt, latestOrder + 1)
    const queuedAt = latestOrder
    try {
      folders.create(whole)
      const { parent } = file
      const begin = parent && store.checkpoints(parent.run).find(({ step }) => step === parent.step)
      if (begin) folders.shareCheckpoint(parent.run, id, begin.name)
      store.insertRun({ ...newRun(whole), queuedAt, owner: owners.self })
    } catch (error) {
      // A full disk: nothing of the run may be found later by a user who was told that there is none.
      folders.discard(id)
      throw error
    }
    // Another server may have come upon the folder in between and taken it for a lost run.
    store.change(id, ({ state }) =>
      state === 'queued'
        ? undefined
        : { state: 'queued', queuedAt, owner: owners.self, error: null }
    )
    broadcast.changed(id)
    return id
  }

  /** Steps of the checkpoints that a run's folder has, rising. */
  function forkable(id: string): number[] {
    const there = folders.checkpoints(id, 'runs')
    return store
      .checkpoints(id)
      .filter(({ name }) => there.has(name))
      .map(({ step }) => step)
  }

  /** @throws {UserError} where the run cannot be forked there, or not with these settings */
  function assertFork(origin: RunRecord, config: RunConfig, parent: ForkOrigin): void {
    const steps = forkable(origin.id)
    if (origin.trashed || !steps.includes(parent.step)) {
      throw new UserError(
        'fork.checkpoint',
        `Run "${origin.name}" has no checkpoint of step ${parent.step}.`,
        origin.trashed
          ? 'It is in the trash: restore it first.'
          : `It has ${steps.join(', ') || 'none'}.`
      )
    }
    const issues = forkIssues(origin.config, config, parent)
    if (issues.length === 0) return
    throw new UserError(
      'fork.changed',
      `Run "${origin.name}" cannot be forked like this: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      'Set them back, or start a new run.',
      issues
    )
  }

  const packs = createPacks({
    ...{ library, version: settings.version, store, folders, studies, plans, curves },
    ...{ ingest, broadcast, newId: newRunId, now }
  })

  const handlers: RequestHandlers = {
    'app.info': () => ({
      version: settings.version,
      library,
      machine: describeMachine(),
      engine: describeEngine(store.latestEngine())
    }),

    ...notices.handlers,

    'library.space': () => ({ freeBytes: describeFolder(library).freeBytes }),

    'machine.diagnose': ({ again }) => diagnose(again),

    'presets.list': () => [...presets],

    'config.check': ({ config }) => {
      try {
        const resolved = parseRunConfig(config)
        return {
          issues: [],
          hash: hashConfig(resolved),
          stepsPerEpoch: stepsPerEpoch(resolved.dataset, resolved.batchSize)
        }
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        return { issues: [...error.issues], hash: null, stepsPerEpoch: null }
      }
    },

    'datasets.preview': ({ config }) => preview(parseRunConfig(config)),

    'runs.list': () => {
      milestones.settle()
      return store.runs().map((run) => RunRow.parse(run))
    },

    'runs.get': ({ id }) => {
      milestones.settle()
      return RunRow.parse(known(id))
    },

    'runs.create': ({ name, preset = null, config, engine, parent = null, cluster = null }) => {
      if (cluster !== null) clusters.assertKnown(cluster)
      if (preset !== null && !presets.some((known) => known.name === preset)) {
        throw new UserError(
          'preset.unknown',
          `There is no preset "${preset}".`,
          `Known are ${presets.map((known) => known.name).join(', ') || 'none'}.`
        )
      }
      const parsed = parseRunConfig(config)
      refuseChoice(parsed.engine, engine)
      // A run that reads a file keeps that file's hash: changed facts are refused on resume.
      const resolved = { ...parsed, dataset: pinDataset(parsed.dataset, process.cwd()) }
      const origin = parent && known(parent.run)
      if (parent && origin) assertFork(origin, resolved, parent)
      const id = create({
        name: name || (origin ? forkName(origin, parent!) : preset) || nameOf(resolved),
        ...{ preset, parent, cluster, study: null, origin: null },
        configHash: hashConfig(resolved),
        engine,
        config: resolved
      })
      queue.next()
      return { id }
    },

    'runs.checkpoints': ({ id }) => {
      const { trashed } = known(id)
      return { steps: trashed ? [] : forkable(id) }
    },

    'runs.proof': ({ id }) =>
      readProof(folders.runFolder(id, known(id).trashed ? 'trash' : 'runs')),

    'runs.control': ({ id, command }) => RunRow.parse(queue.control(id, command)),

    'runs.update': ({ id, ...over }) => {
      const run = known(id)
      const label: Label = {
        name: over.name ?? run.name,
        archived: over.archived ?? run.archived,
        tags: [...new Set(over.tags ?? run.tags)],
        note: over.note ?? run.note
      }
      const place = run.trashed ? 'trash' : 'runs'
      // A folder that is away for now does not keep the history from being tidied.
      if (folders.has(id, place)) folders.writeLabel(id, place, label)
      store.change(id, () => label)
      return changed(id)
    },

    ...createStudyHandlers({
      ...{ store, studies, plans, queue, broadcast, library, machine, create, curves, now },
      ...{ version: settings.version, studyPresets: settings.studyPresets ?? [] },
      assertCluster: (name) => clusters.assertKnown(name)
    }),
    ...packs.handlers,

    ...createQueueHandlers({ store, queue, broadcast, machine }),
    ...clusters.handlers,

    'runs.trash': ({ id }) => {
      const run = known(id)
      queue.assertIdle(run)
      if (!run.trashed) {
        if (folders.has(id)) folders.moveToTrash(id)
        store.change(id, () => ({ trashed: true }))
      }
      return changed(id)
    },

    'runs.restore': ({ id }) => {
      const run = known(id)
      if (run.trashed) {
        if (folders.has(id, 'trash')) folders.moveFromTrash(id)
        store.change(id, () => ({ trashed: false }))
      }
      return changed(id)
    },

    ...figureHandlers,
    'tables.raw': ({ ids, format }) => writeRaw(ids.map(known), store.points, format),

    'inspect.checkpoints': ({ id }) => inspections.checkpoints(known(id)),
    'inspect.run': ({ id, step, query, ticket }) =>
      inspections.run(known(id), step, query, ticket ?? null),
    ...circuits.handlers,
    ...createFilm(known, inspections),
    'inspect.cancel': ({ ticket }) => {
      inspections.cancel(ticket)
      circuits.cancel(ticket)
      return {}
    },
    'inspect.prepare': ({ id, steps, query }) => inspections.prepare(known(id), steps, query),
    'checkpoints.remove': ({ id, steps }) => {
      const run = known(id)
      queue.assertIdle(run)
      const removed = inspections.remove(run, steps)
      for (const { step } of removed) store.dropCheckpoint(id, step)
      if (removed.length > 0) broadcast.changed(id)
      return { removed: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
    },

    'metrics.series': ({ id, names, scale, columns, from, to }) => {
      known(id)
      return store.series({ id, names, scale, columns, from, to })
    },

    'metrics.curves': curves,

    'metrics.values': ({ ids, columns }) => {
      milestones.settle()
      return metricValues(ids, columns)
    },

    ...views
  }

  const guarded = faults.guard(handlers)
  store.nameRuns(hashSeedless)
  // A backup knows names, tags and notes of its day.
  if (takeRestored(store)) ingest.readLabels()
  await queue.recover()
  await milestones.refresh()
  let closing: Promise<void> | undefined
  readWorkTimes(store, folders, () => closing !== undefined).catch((error: unknown) => {
    log(`times at work could not be read: ${(error as Error).stack}`)
  })

  function lookAfter(): void {
    watch.look()
    faults.settle()
    // Those who look on, or train one run, leave the daily copy to the app.
    const settled = clock() - openedAt >= patience.backUpAfterMs
    if (startTrainer && takes === 'library' && settled) void backUpDaily()
  }
  lookAfter()
  const watcher = setInterval(lookAfter, watchPolls * patience.pollMs)

  async function close(reason: string): Promise<void> {
    clearInterval(watcher)
    inspections.close()
    await clusters.close()
    packs.close()
    await queue.close(reason)
    milestones.close()
    broadcast.close()
    store.close()
  }

  return {
    attach(port) {
      broadcast.add(port)
      serve(port, requests, guarded, (method, error) => {
        log(`${method} failed: ${error instanceof Error ? error.stack : String(error)}`)
      })
    },
    idle: () => queue.idle(),
    // Asked twice, by a user and by a parent that ends, it closes once.
    close: (reason) => (closing ??= close(reason))
  }
}

function prepare(library: string): ReturnType<typeof openFolders> {
  try {
    mkdirSync(library, { recursive: true })
    const folders = openFolders(library)
    finishImports(library)
    clearStages(library, '.outgoing')
    return folders
  } catch (error) {
    throw new UserError(
      'library.unusable',
      `The library folder ${library} cannot be used: ${(error as Error).message}.`,
      'Name another folder, or make this one writable.'
    )
  }
}

const forkName = (origin: RunRecord, { step }: ForkOrigin): string =>
  `${origin.name}, from step ${step}`

/** `YYYYMMDD-HHMMSS-xxxx` in UTC: sorts by age, and is a folder name everywhere. */
export function newRunId(at: number): string {
  const [date, time] = new Date(at).toISOString().split('T') as [string, string]
  const stamp = `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`
  return `${stamp}-${randomBytes(2).toString('hex')}`
}

/** What a run is called that was given no name, e.g. `gpt2 8 x 768, comparison φ 12.6, seed 42`. */
function nameOf({ model, dataset, seed }: RunConfig): string {
  return `${model.family} ${model.nLayer} x ${model.dModel}, ${describeDataset(dataset)}, seed ${seed}`
}
