/**
 * A server with made-up runs behind the real contract: for pictures of screens and for page tests that need
 * states, counts or curves which a real run would take days to reach. Nothing of it is shipped.
 */
import { DatasetConfig, RunConfig, type Preset } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { events, requests, type Events, type RequestHandlers, type RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { createRng } from '@shared/rng'
import { serve, type Port } from '@shared/rpc'
import { buildDataset, summarize } from '../../src/main/datasets'

const splits = [
  // name, where accuracy starts and ends, decades at which it rises, and how steeply
  { name: 'train_inferred', from: 0.02, to: 1, at: 3.2, slope: 5 },
  { name: 'test_inferred_iid', from: 0.02, to: 0.995, at: 3.9, slope: 4 },
  { name: 'test_inferred_ood', from: 0.02, to: 0.93, at: 4.6, slope: 3 },
  { name: 'id_atomic', from: 0.01, to: 1, at: 2.7, slope: 6 },
  { name: 'ood_atomic', from: 0.01, to: 1, at: 3.0, slope: 6 }
] as const

/** Values of every metric at a step, plausible and always the same. */
export function fakeValues(step: number, seed: number, evaluated: boolean): Record<string, number> {
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
  for (const { name, from, to, at, slope } of splits) {
    const risen = 1 / (1 + Math.exp(-slope * (decades - at)))
    // Guessing among the right labels comes first, as the task's chance level.
    const chance = name.includes('atomic')
      ? from
      : from + 0.455 / (1 + Math.exp(-6 * (decades - 2)))
    const accuracy = Math.min(1, Math.max(0, chance + (to - chance) * risen + noise(0.012)))
    values[`accuracy/${name}`] = Number(accuracy.toFixed(4))
    values[`loss/${name}`] = 0.004 + 7 * (1 - accuracy) ** 1.6 + Math.abs(noise(0.01))
  }
  return values
}

export interface FakeServer {
  attach(port: Port): void
  emit<K extends keyof Events & string>(event: K, payload: unknown): void
  rows: Map<string, RunRow>
}

export function fakeServer(
  presets: readonly Preset[],
  rows: readonly RunRow[],
  now: number
): FakeServer {
  const runs = new Map(rows.map((row) => [row.id, row]))
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
  const states = { pause: 'paused', resume: 'running', stop: 'stopped', checkpoint: null } as const

  const handlers: RequestHandlers = {
    'app.info': () => ({
      version: '0.1.0',
      library: '/home/ada/.local/share/grokscope',
      machine: { cores: 2, memoryBytes: 8 * 2 ** 30, platform: 'linux' },
      engine: { native: true, detail: 'TensorFlow 2.21.0, 2 CPU cores' }
    }),
    'presets.list': () => [...presets],
    'config.check': ({ config }) => {
      parseRunConfig(config)
      return { issues: [], hash: 'f'.repeat(64), stepsPerEpoch: null }
    },
    'datasets.preview': ({ config }) => {
      const { dataset, seed } = parseRunConfig(config)
      return summarize(buildDataset(dataset, seed), dataset)
    },
    'runs.list': () => [...runs.values()],
    'runs.get': ({ id }) => get(id),
    'runs.create': ({ name, preset, config }) => {
      const id = `20260101-000000-${String(runs.size).padStart(4, '0')}`
      const row = fakeRun(id, {
        now,
        config: parseRunConfig(config),
        name: name ?? preset ?? 'run'
      })
      runs.set(id, row)
      emit('run.changed', row)
      return { id }
    },
    'runs.control': ({ id, command }) => {
      const state = states[command]
      return change(id, state ? { state } : { lastCheckpoint: get(id).step })
    },
    'runs.update': ({ id, ...over }) => change(id, over),
    'runs.trash': ({ id }) => change(id, { trashed: true }),
    'runs.restore': ({ id }) => change(id, { trashed: false }),
    'metrics.series': ({ id, names, columns, from = 0, to = Infinity }) => {
      const { step: last, config, state } = get(id)
      const seed = Number(config['seed'])
      const steps = state === 'queued' ? [] : [0]
      for (let d = 0; 10 ** d <= last; d += 0.02) steps.push(Math.round(10 ** d))
      if (last > 0) steps.push(last)
      const shown = [...new Set(steps)].filter((s) => s >= from && s <= to && s <= last)
      return names.map((name) => {
        const points = shown
          .map((s) => [s, fakeValues(s, seed, true)[name] ?? null] as [number, number | null])
          .slice(0, columns)
        return { name, points, total: Math.max(points.length, Math.round(last / 10)) }
      })
    }
  }

  return {
    rows: runs,
    emit,
    attach(port) {
      ports.add(port)
      port.onClose(() => ports.delete(port))
      serve(port, requests, handlers, (_method, error) => {
        throw error
      })
    }
  }
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
    createdAt: now - step * 40,
    startedAt: started ? now - step * 36 : null,
    endedAt: ended ? now - 60_000 : null,
    step,
    steps: config.budget.steps,
    stepsPerEpoch: 483,
    parameterCount: 3_415_040,
    datasetHash: started ? 'da7a5e7'.repeat(9) : null,
    engine: started
      ? { name: 'native', version: '2.21.0', detail: 'TensorFlow 2.21.0, 2 CPU cores' }
      : null,
    last: step > 0 ? fakeValues(step, config.seed, true) : {},
    lastCheckpoint: step >= 5000 ? Math.floor(step / 5000) * 5000 : null,
    archived: false,
    trashed: false,
    ...options.over
  }
}
