/** Requests about studies: planning, storing, queueing what is missing. */
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Preset } from '@shared/config'
import { RunRow, type PlannedStudy, type RequestHandlers, type StudyRow } from '@shared/contract'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { parseStudy } from '@shared/study-input'
import { planStudy, type Cell, type StudyPlan } from '@shared/study-plan'
import { cellResults, countStates, type CellResult } from '@shared/study-results'
import { pinDataset } from '../datasets/index'
import type { Store } from '../store/store'
import type { Broadcast } from './broadcast'
import { hashConfig } from './config-hash'
import type { RunFile } from './folders'
import type { Machine } from './machine'
import type { Queue } from './queue'
import { readQueueSettings, slotsOf } from './slots'
import type { StoredStudy, StudyFolders } from './study-folders'
import { forecastStudy } from './study-forecast'

export interface StudiesHost {
  store: Store
  studies: StudyFolders
  queue: Queue
  broadcast: Broadcast
  presets: readonly Preset[]
  studyPresets: readonly Study[]
  library: string
  machine: () => Machine
  /** Orders a run; it waits until the queue is told to look. */
  create: (file: Omit<RunFile, 'version' | 'id' | 'createdAt'>) => string
  now: () => number
}

/** A config that today's rules refuse keeps the hash it had. */
function todaysHash(config: unknown, before: string): string {
  try {
    return hashConfig(parseRunConfig(config))
  } catch {
    return before
  }
}

type Methods = Extract<keyof RequestHandlers, `studies.${string}`>

export function createStudyHandlers(host: StudiesHost): Pick<RequestHandlers, Methods> {
  const { store, studies, queue, broadcast, presets, now } = host

  /** By run: a run's config never changes. */
  const todaysHashes = new Map<string, string>()

  const plan = (study: Study): StudyPlan =>
    planStudy(study, {
      preset: (name) => presets.find((preset) => preset.name === name)?.config,
      hash: hashConfig,
      // Cells that read a file keep that file's hash, as runs do.
      resolve: (config) => ({ ...config, dataset: pinDataset(config.dataset, process.cwd()) })
    })

  function known(id: string): StoredStudy {
    const stored = studies.read(id)
    if (stored) return stored
    throw new UserError(
      'study.unknown',
      `There is no study "${id}".`,
      'List the studies and name one of them.'
    )
  }

  const runsOf = (id: string): RunRow[] => store.runsOfStudy(id).map((run) => RunRow.parse(run))

  /** A setting that was added since has its default in old configs, as if it had been there all along. */
  function rehashed(id: string): Record<string, string> {
    const changed: Record<string, string> = {}
    for (const { id: run, config, configHash } of store.runsOfStudy(id)) {
      const hash = todaysHashes.get(run) ?? todaysHash(config, configHash)
      todaysHashes.set(run, hash)
      if (hash !== configHash) changed[run] = hash
    }
    return changed
  }

  function rowOf({ id, createdAt, archived, study }: StoredStudy): StudyRow {
    const { cells, split } = planOrNothing(study)
    const results = cellResults({ cells, split, rehashed: rehashed(id) }, id, runsOf(id))
    const counts = countStates(results) as Record<string, number>
    return { id, createdAt, archived, study, cells: cells.length, counts }
  }

  /** A study whose base has gone is still listed. */
  function planOrNothing(study: Study): StudyPlan {
    try {
      return plan(study)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { axes: [], cells: [], split: null }
    }
  }

  function view(study: Study, id: string | null): PlannedStudy {
    const { axes, cells, split } = plan(study)
    const today = id === null ? {} : rehashed(id)
    const results = cellResults(
      { cells, split, rehashed: today },
      id ?? '',
      id === null ? [] : runsOf(id)
    )
    const left = results.flatMap(({ state }, i) =>
      (state === 'missing' || state === 'waiting') && cells[i]!.config ? cells[i]!.config : []
    )
    return {
      study,
      axes,
      cells: cells.map(({ key, labels, hash, issues }) => ({ key, labels, hash, issues })),
      split,
      rehashed: today,
      forecast: forecastStudy(left, store.runs(), atOnce(), host.library)
    }
  }

  const atOnce = (): number => slotsOf(readQueueSettings(store), host.machine()).total

  function write(stored: StoredStudy): void {
    studies.write(stored)
    broadcast.studyChanged(stored.id)
  }

  async function queueCells(
    { id, study }: StoredStudy,
    wanted: readonly { cell: Cell; result: CellResult }[]
  ): Promise<number> {
    const preset = typeof study.base === 'string' ? study.base : null
    for (const { cell, result } of wanted) {
      if (result.run && result.state === 'interrupted') {
        queue.control(result.run.id, 'resume')
      } else {
        host.create({
          name: `${study.name}: ${cell.key}`,
          preset,
          study: { id, cell: cell.key },
          configHash: cell.hash!,
          engine: study.engine,
          config: cell.config as unknown as Record<string, unknown>
        })
      }
      // A study may have thousands: others are answered in between.
      await setImmediate()
    }
    queue.next()
    return wanted.length
  }

  return {
    'studies.presets': () => [...host.studyPresets],

    'studies.list': () => studies.list().map(rowOf),

    'studies.plan': (input) => {
      if (!('id' in input)) return view(parseStudy(input.study), null)
      const { id, study } = known(input.id)
      return view(study, id)
    },

    'studies.create': ({ study: input }) => {
      const study = parseStudy(input)
      plan(study)
      const id = freeId(study.name)
      write({ id, createdAt: now(), archived: false, study })
      return { id }
    },

    'studies.update': ({ id, study: input, archived }) => {
      const before = known(id)
      const study = input === undefined ? before.study : parseStudy(input)
      plan(study)
      const changed = { ...before, study, archived: archived ?? before.archived }
      write(changed)
      return rowOf(changed)
    },

    'studies.run': async ({ id, cells: keys, again }) => {
      const stored = known(id)
      const { cells, split, axes } = plan(stored.study)
      const results = cellResults({ cells, split, rehashed: rehashed(id) }, id, runsOf(id))
      const states = new Set(['missing', 'interrupted', ...(again ? ['failed', 'stopped'] : [])])
      const seedAxis = axes.find(({ isSeeds }) => isSeeds)
      const seedOf = ({ labels }: Cell): number =>
        seedAxis?.points.findIndex(({ label }) => label === labels[seedAxis.name]) ?? 0
      const wanted = cells
        .map((cell, i) => ({ cell, result: results[i]! }))
        .filter(({ cell, result }) => cell.config && states.has(result.state))
        .filter(({ cell }) => keys === undefined || keys.includes(cell.key))
        // The sort is stable: within one seed the plan's order stays.
        .sort((a, b) => seedOf(a.cell) - seedOf(b.cell))
      const queued = await queueCells(stored, wanted)
      broadcast.studyChanged(id)
      return { queued }
    },

    'studies.withdraw': ({ id }) => {
      known(id)
      const waiting = store.runsOfStudy(id).filter(({ state }) => state === 'queued')
      for (const run of waiting) queue.control(run.id, 'stop')
      return { withdrawn: waiting.length }
    }
  }

  function freeId(name: string): string {
    const id = `${name}-${randomBytes(2).toString('hex')}`
    return studies.read(id) ? freeId(name) : id
  }
}
