/** Requests about studies: planning, storing, queueing what is missing, reporting. */
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { PlannedStudy, RequestHandlers, StudyRow } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { parseStudy } from '@shared/study-input'
import type { Cell, StudyPlan } from '@shared/study-plan'
import { countStates, type CellResult } from '@shared/study-results'
import type { Store } from '../store/store'
import type { Broadcast } from './broadcast'
import type { RunFile } from './folders'
import type { Machine } from './machine'
import type { Queue } from './queue'
import { howManyFit, runBytes } from './run-memory'
import { readQueueSettings, slotsOf } from './slots'
import { tryRun } from './extensions'
import { recordsOf, withFirstRecords, withRecords } from './study-evidence'
import type { StoredStudy, StudyFolders } from './study-folders'
import { forecastStudy, type Ahead } from './study-forecast'
import type { StudyPlans } from './study-plans'
import { writeStudyReport } from './study-report'

export interface StudiesHost {
  store: Store
  studies: StudyFolders
  queue: Queue
  broadcast: Broadcast
  plans: StudyPlans
  studyPresets: readonly Study[]
  /** Of the program, for reports. */
  version: string
  /** Curves of many runs for one figure. */
  curves: (query: CurvesQuery) => CurvesAnswer
  library: string
  machine: () => Machine
  /** Orders a run; it waits until the queue is told to look. */
  create: (file: Omit<RunFile, 'version' | 'id' | 'createdAt'>) => string
  now: () => number
  /** @throws {UserError} where no cluster has that name */
  assertCluster: (name: string) => void
}

type Methods = Extract<keyof RequestHandlers, `studies.${string}`>

export function createStudyHandlers(host: StudiesHost): Pick<RequestHandlers, Methods> {
  const { store, studies, plans, queue, broadcast, now } = host
  const { plan, known, outcome } = plans

  function rowOf({ id, createdAt, archived, study }: StoredStudy): StudyRow {
    const { cells, results } = outcome(study, id, planOrNothing(study))
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

  function view(study: Study, stored: StoredStudy | null): PlannedStudy {
    const found = outcome(study, stored?.id ?? null)
    const { axes, cells, split, results, rehashed } = found
    const due = stored ? plans.dueExtensions(stored, found) : []
    const cap = study.extend?.cap
    const left = [
      ...results.flatMap(({ state }, i): Ahead[] => {
        const { config } = cells[i]!
        if (!config || (state !== 'missing' && state !== 'waiting')) return []
        const { steps } = config.budget
        return [{ config, from: 0, to: [steps, cap ?? steps] }]
      }),
      ...due.map(({ index, extension: { steps } }): Ahead => {
        const { config } = cells[index]!
        return { config: config!, from: results[index]!.run!.steps, to: [steps, cap ?? steps] }
      })
    ]
    return {
      ...{ study, axes, split, rehashed },
      due: due.map(({ index }) => cells[index]!.key),
      cells: cells.map(({ key, labels, hash, issues }) => ({ key, labels, hash, issues })),
      standings: stored ? plans.standings(stored, found) : [],
      forecast: forecastStudy(left, store.runs(), atOnce(left), host.library)
    }
  }

  /** As the queue will: what the user set, else by cores, and by memory for cells of these sizes. */
  function atOnce(cells: readonly Ahead[]): number {
    const settings = readQueueSettings(store)
    const { total } = slotsOf(settings, host.machine())
    if (settings.parallel !== null || total === 1) return total
    const engine = store.latestEngine()
    const sizes = cells.flatMap(({ config }) => runBytes(config, engine) ?? [])
    return Math.min(total, howManyFit(sizes, host.machine().memoryBytes))
  }

  function write(stored: StoredStudy): void {
    studies.write(stored)
    broadcast.studyChanged(stored.id)
  }

  async function queueCells(
    { id, study }: StoredStudy,
    wanted: readonly { cell: Cell; result: CellResult }[],
    cluster: string | null
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
          cluster,
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
      const stored = known(input.id)
      return view(stored.study, stored)
    },

    'studies.create': ({ study: input }) => {
      const study = parseStudy(input)
      plan(study)
      const id = freeId(study.name)
      write({ id, createdAt: now(), archived: false, study, verdicts: [] })
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

    'studies.run': async ({ id, cells: keys, again, cluster = null }) => {
      if (cluster !== null) host.assertCluster(cluster)
      const stored = known(id)
      const found = outcome(stored.study, id)
      const { cells, axes, results } = found
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
      const due = plans
        .dueExtensions(stored, found)
        .filter(({ index }) => keys === undefined || keys.includes(cells[index]!.key))
      for (const { run, extension } of due) queue.extend(run, extension)
      const queued = await queueCells(stored, wanted, cluster)
      broadcast.studyChanged(id)
      return { queued: queued + due.length }
    },

    'studies.withdraw': ({ id }) => {
      known(id)
      const waiting = store.runsOfStudy(id).filter(({ state }) => state === 'queued')
      for (const run of waiting) queue.control(run.id, 'stop')
      return { withdrawn: waiting.length }
    },

    'studies.try': ({ id, rule, start, runs }) => {
      const { study } = known(id)
      const { split } = plan(study)
      const asked = rule === undefined ? (study.extend ?? null) : rule
      const tried = runs === 'study' ? store.runsOfStudy(id) : store.runs()
      return tried.flatMap((run) => tryRun(store, run, split, asked, start ?? null) ?? [])
    },

    'studies.record': ({ id }) => {
      const stored = known(id)
      const claims = plans.claims(stored, outcome(stored.study, id))
      const fresh = recordsOf(claims, now())
      write({ ...stored, verdicts: withRecords(stored.verdicts, fresh) })
      return { recorded: fresh.length, left: claims.length - fresh.length }
    },

    'studies.report': async ({ id, format }) => {
      const found = known(id)
      // A claim is bound by the first report that states it; later ones say whether it still holds.
      const stored = withFirstRecords(found, plans.claims(found, outcome(found.study, id)), now())
      if (stored !== found) write(stored)
      return writeStudyReport(host, stored, format)
    }
  }

  function freeId(name: string): string {
    const id = `${name}-${randomBytes(2).toString('hex')}`
    return studies.read(id) ? freeId(name) : id
  }
}
