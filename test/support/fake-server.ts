/**
 * A server with made-up runs behind the real contract: for pictures of screens and for page tests that need
 * states, counts or curves which a real run would take days to reach. Nothing of it is shipped.
 */
import { DatasetConfig, RunConfig, type Preset } from '@shared/config'
import { seedlessKey } from '@shared/compare/seeds'
import { parseRunConfig } from '@shared/config-input'
import {
  events,
  requests,
  type Events,
  type QueueState,
  type RequestHandlers,
  type RunRow
} from '@shared/contract'
import { parseClusterProfile } from '@shared/cluster'
import { UserError } from '@shared/errors'
import { metricOf } from '@shared/metric-roles'
import { milestonesOf } from '@shared/milestones'
import { createRng } from '@shared/rng'
import { serve, type Port } from '@shared/rpc'
import type { SavedView } from '@shared/view-address'
import { splitsOf, type SplitRole } from '@shared/splits'
import { buildDataset, summarize } from '../../src/main/datasets'
import { figureHandlers, writeRaw } from '../../src/main/server/figures'
import type { Observations } from '../../src/main/doctor/observations'
import { fakeDiagnosis } from './diagnoses'
import { machine } from './machines'

type Kind = DatasetConfig['kind']

/** Of each role: where accuracy starts, passes the plateau of guessing, and ends; at which decade it rises, how steeply. */
const curves: Record<
  SplitRole,
  { from: number; plateau: number; to: number; at: number; slope: number }
> = {
  train: { from: 0.02, plateau: 0.475, to: 1, at: 3.2, slope: 5 },
  iid: { from: 0.02, plateau: 0.475, to: 0.995, at: 3.9, slope: 4 },
  ood: { from: 0.02, plateau: 0.475, to: 0.93, at: 4.6, slope: 3 },
  test: { from: 0.009, plateau: 0.009, to: 0.998, at: 3.7, slope: 7 },
  atomic: { from: 0.01, plateau: 0.01, to: 1, at: 2.7, slope: 6 }
}

/** Values of every metric at a step, plausible and always the same. */
export function fakeValues(
  step: number,
  seed: number,
  evaluated: boolean,
  kind: Kind = 'comparison'
): Record<string, number> {
  const rng = createRng(seed, `values-${step}`)
  const noise = (size: number): number => size * (rng.uniform() - 0.5)
  const decades = Math.log10(step + 1)
  const values: Record<string, number> = {
    batchLoss: 7 * Math.exp(-decades * 0.75) + 0.02 + Math.abs(noise(0.25)) / (1 + decades),
    gradNorm: 0.15 + 2.5 * Math.exp(-decades) + Math.abs(noise(0.35)),
    lr: 1e-4 * Math.min(1, step / 2000),
    weightNorm: 120 + 40 * Math.tanh(decades - 3)
  }
  if (!evaluated) return values
  for (const [place, { name, role }] of splitsOf[kind].entries()) {
    const { from, plateau, to, at, slope } = curves[role]
    // Later splits of a role are learned later.
    const risen = 1 / (1 + Math.exp(-slope * (decades - at - 0.06 * place)))
    const chance = from + (plateau - from) / (1 + Math.exp(-6 * (decades - 2)))
    const accuracy = Math.min(1, Math.max(0, chance + (to - chance) * risen + noise(0.012)))
    values[`accuracy/${name}`] = Number(accuracy.toFixed(4))
    values[`loss/${name}`] = 0.004 + 7 * (1 - accuracy) ** 1.6 + Math.abs(noise(0.01))
  }
  return values
}

/** The milestones of the made-up curves, evaluated ten times per decade and every thousand steps. */
function fakeMilestones(last: number, seed: number, kind: Kind): RunRow['milestones'] {
  if (last === 0) return null
  const steps = Array.from({ length: 60 }, (_, i) => Math.round(10 ** (i / 10)))
  for (let step = 1000; step <= last; step += 1000) steps.push(step)
  const evaluated = [0, ...new Set(steps)].filter((s) => s <= last).sort((a, b) => a - b)
  const values = evaluated.map((step) => [step, fakeValues(step, seed, true, kind)] as const)
  return milestonesOf(
    splitsOf[kind].map(({ name, role }) => ({
      split: name,
      role,
      points: values.map(([step, all]) => [step, all[`accuracy/${name}`]!])
    }))
  )
}

export interface FakeServer {
  attach(port: Port): void
  emit<K extends keyof Events & string>(event: K, payload: unknown): void
  rows: Map<string, RunRow>
  /** What the doctor saw; a test may play another machine. */
  machine: Observations
}

export function fakeServer(
  presets: readonly Preset[],
  rows: readonly RunRow[],
  now: number
): FakeServer {
  const runs = new Map(rows.map((row) => [row.id, row]))
  const views = new Map<string, SavedView>()
  const ports = new Set<Port>()
  const emit: FakeServer['emit'] = (event, payload) => {
    events[event].parse(payload)
    for (const port of ports) port.post({ event, payload })
  }
  const get = (id: string): RunRow => {
    const row = runs.get(id)
    if (!row) throw new UserError('run.unknown', `There is no run ${id}.`)
    return row
  }
  const change = (id: string, over: Partial<RunRow>): RunRow => {
    const row = { ...get(id), ...over }
    runs.set(id, row)
    emit('run.changed', row)
    return row
  }
  const checkpoints = new Map<string, number[]>()
  /** Steps, rising: as many as the row says, every 5,000 steps, until some are removed. */
  function checkpointsOf(id: string): number[] {
    const { lastCheckpoint, checkpoints: count } = get(id)
    const usual = Array.from({ length: count }, (_, i) => (lastCheckpoint ?? 0) - 5000 * i)
    return checkpoints.get(id) ?? usual.reverse()
  }
  const queueSettings: Pick<QueueState, 'paused' | 'parallel'> = { paused: false, parallel: null }
  const queue = (): QueueState => {
    const among = (...wanted: RunRow['state'][]): number =>
      [...runs.values()].filter(({ state }) => wanted.includes(state)).length
    const counts = { working: among('starting', 'running'), waiting: among('queued') }
    return { ...queueSettings, usual: 1, ...counts }
  }
  const states = { pause: 'paused', resume: 'running', stop: 'stopped', checkpoint: null } as const

  const handlers: RequestHandlers = {
    ...figureHandlers,
    'tables.raw': ({ ids, format }) =>
      writeRaw(
        ids.map((id) => runs.get(id)!),
        () => [],
        format
      ),
    'app.info': () => ({
      version: '0.1.0',
      library: '/home/ada/.local/share/grokscope',
      machine: { cores: 2, memoryBytes: 8 * 2 ** 30, platform: 'linux' },
      engine: { native: true, detail: 'TensorFlow 2.21.0, 2 CPU cores' }
    }),
    'library.notices': () => [],
    'library.dismiss': () => [],
    'library.space': () => ({ freeBytes: 12 * 2 ** 30 }),
    'machine.diagnose': () => fakeDiagnosis(server.machine, now),
    'presets.list': () => [...presets],
    'config.check': ({ config }) => {
      parseRunConfig(config)
      return { issues: [], hash: 'f'.repeat(64), stepsPerEpoch: null }
    },
    'datasets.preview': ({ config }) => {
      const { dataset, seed } = parseRunConfig(config)
      return summarize(buildDataset(dataset, seed), dataset)
    },
    'studies.presets': () => [],
    'studies.list': () => [],
    'studies.plan': () => {
      throw new UserError('study.unknown', 'There is no study here.')
    },
    'studies.create': () => ({ id: 'none' }),
    'studies.update': () => {
      throw new UserError('study.unknown', 'There is no study here.')
    },
    'studies.run': () => ({ queued: 0 }),
    'studies.withdraw': () => ({ withdrawn: 0 }),
    'studies.try': () => [],
    'studies.record': () => ({ recorded: 0, left: 0 }),
    'studies.report': () => ({ base64: '', notes: [] }),
    'packs.create': () => {
      throw new UserError('pack.empty', 'There is no run to pack.')
    },
    'packs.read': () => ({ base64: '', next: null }),
    'packs.upload': () => ({ ticket: '0'.repeat(16) }),
    'packs.open': () => {
      throw new UserError('pack.damaged', 'The pack is damaged.')
    },
    'packs.discard': () => ({}),
    'queue.get': () => queue(),
    'queue.set': (changes) => {
      Object.assign(queueSettings, changes)
      emit('queue.changed', queue())
      return queue()
    },
    'queue.move': () => ({}),
    'runs.list': () => [...runs.values()],
    'runs.get': ({ id }) => get(id),
    'runs.create': ({ name, preset, config, parent = null }) => {
      const id = `20260101-000000-${String(runs.size).padStart(4, '0')}`
      const row = fakeRun(id, {
        now,
        config: parseRunConfig(config),
        name: name ?? preset ?? 'run',
        over: { parent, preset: preset ?? null }
      })
      runs.set(id, row)
      emit('run.changed', row)
      return { id }
    },
    'runs.proof': () => null,
    'runs.checkpoints': ({ id }) => ({ steps: checkpointsOf(id) }),
    'runs.control': ({ id, command }) => {
      const state = states[command]
      return change(
        id,
        state ? { state } : { lastCheckpoint: get(id).step, checkpoints: get(id).checkpoints + 1 }
      )
    },
    'runs.update': ({ id, ...over }) => change(id, over),
    'runs.trash': ({ id }) => change(id, { trashed: true }),
    'runs.restore': ({ id }) => change(id, { trashed: false }),
    // Every place of a made-up curve is its end.
    'metrics.values': ({ ids, columns }) =>
      columns.map(({ name }) => ({
        values: ids.map((id) => {
          const run = runs.get(id)
          const metric = run && metricOf(run, name)
          return (metric ? run.last[metric] : null) ?? null
        })
      })),
    'views.list': () => ({ last: null, saved: [...views.values()] }),
    'views.keep': () => ({}),
    'views.save': ({ name, view }) => [...views.set(name, { name, view, savedAt: now }).values()],
    'views.rename': ({ name, to }) => {
      const view = views.get(name)!
      views.delete(name)
      return [...views.set(to, { ...view, name: to }).values()]
    },
    'views.remove': ({ name }) => {
      views.delete(name)
      return [...views.values()]
    },
    // Comparing is tested over real libraries.
    'metrics.curves': () => ({ extent: null, curves: [], leftOut: [], events: [] }),
    'inspect.checkpoints': ({ id }) =>
      checkpointsOf(id).map((step) => ({ step, sha256: 'c', bytes: 40 * 2 ** 20, kept: null })),
    'inspect.run': noCheckpoint,
    'inspect.film': () => ({ base64: '', notes: [] }),
    'inspect.cancel': () => ({}),
    'circuit.report': noCheckpoint,
    'circuit.write': noCheckpoint,
    'inspect.prepare': () => ({ ready: 0 }),
    'checkpoints.remove': ({ id, steps }) => {
      const left = checkpointsOf(id).filter((step) => !steps.includes(step))
      checkpoints.set(id, left)
      change(id, { checkpoints: left.length, lastCheckpoint: left.at(-1) ?? null })
      return { removed: steps.length, bytes: steps.length * 40 * 2 ** 20 }
    },
    'clusters.list': () => [],
    'clusters.save': ({ profile }) => parseClusterProfile(profile),
    'clusters.remove': () => ({}),
    'clusters.check': () => [],
    'clusters.look': ({ name }) => {
      throw new UserError('cluster.unknown', `There is no cluster profile "${name}".`)
    },
    'clusters.answer': () => ({}),
    'clusters.cancel': () => ({ job: '1_0' }),
    'clusters.log': () => ({ text: '' }),
    'metrics.series': ({ id, names, scale, columns, from = 0, to = Infinity }) => {
      const { step: last, config, state } = get(id)
      const { seed, dataset } = parseRunConfig(config)
      const steps = state === 'queued' ? [] : [0]
      if (scale === 'log')
        for (let d = 0; 10 ** d <= last; d += 0.02) steps.push(Math.round(10 ** d))
      else for (let i = 1; i <= columns; i++) steps.push(Math.round((last * i) / columns))
      if (last > 0) steps.push(last)
      const shown = [...new Set(steps)].filter((s) => s >= from && s <= to && s <= last)
      const rows = shown.map((s) => [s, fakeValues(s, seed, true, dataset.kind)] as const)
      return names.map((name) => {
        // A run that failed ends in numbers that are none.
        const points = rows.flatMap(([s, values]): [number, number | null][] =>
          name in values ? [[s, state === 'failed' && s === last ? null : values[name]!]] : []
        )
        return {
          name,
          points,
          total: points.length && Math.max(points.length, Math.round(last / 10))
        }
      })
    }
  }

  const server: FakeServer = {
    rows: runs,
    machine: machine(),
    emit,
    attach(port) {
      ports.add(port)
      port.onClose(() => ports.delete(port))
      serve(port, requests, handlers, (_method, error) => {
        throw error
      })
    }
  }
  return server
}

/** A run at some step of its way, with everything that follows from that. */
export function fakeRun(
  id: string,
  options: {
    now: number
    config?: RunConfig
    name?: string
    state?: RunRow['state']
    step?: number
    over?: Partial<RunRow>
  }
): RunRow {
  const { now, state = 'queued', step = 0 } = options
  const config =
    options.config ?? RunConfig.parse({ dataset: DatasetConfig.parse({ kind: 'comparison' }) })
  const started = state !== 'queued'
  const ended = !['queued', 'starting', 'running', 'paused'].includes(state)
  return {
    id,
    name: options.name ?? id,
    state,
    error: null,
    config,
    configHash: 'c0ffee'.repeat(10),
    preset: null,
    cluster: null,
    study: null,
    origin: null,
    priority: 0,
    queuedAt: now - step * 40,
    createdAt: now - step * 40,
    startedAt: started ? now - step * 36 : null,
    endedAt: ended ? now - 60_000 : null,
    step,
    steps: config.budget.steps,
    stepsPerEpoch: 483,
    parameterCount: 3_415_040,
    cost: started ? { flopsPerStep: 6.14e9, tokensPerStep: 3065.8, examplesPerStep: 510.97 } : null,
    pace: step > 0 ? { stepMs: 36, evaluationMs: 400, checkpointMs: 120 } : null,
    parent: null,
    datasetHash: started ? 'da7a5e7'.repeat(9) : null,
    engine: started
      ? { name: 'native', version: '2.21.0', detail: 'TensorFlow 2.21.0, 2 CPU cores' }
      : null,
    last: step > 0 ? fakeValues(step, config.seed, true, config.dataset.kind) : {},
    milestones: fakeMilestones(step, config.seed, config.dataset.kind),
    lastCheckpoint: step >= 5000 ? Math.floor(step / 5000) * 5000 : null,
    checkpoints: Math.floor(step / 5000),
    archived: false,
    trashed: false,
    tags: [],
    note: '',
    seedless: seedlessKey(config),
    color: 0,
    shade: 0,
    ...options.over
  }
}

function noCheckpoint(): never {
  throw new UserError('checkpoint.missing', 'There is no checkpoint here.')
}
