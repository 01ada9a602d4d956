/** Libraries for tests: a folder of their own, a tiny config, a client, and waiting for what will be. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunConfigInput } from '@shared/config'
import { events, requests, type ApiClient, type RunRow } from '@shared/contract'
import type { TrainerEvent } from '@shared/events'
import { connect } from '@shared/rpc'
import { onTestFinished } from 'vitest'
import { memoryPair } from '../../src/main/ports'
import { forkTrainer, type StartTrainer } from '../../src/main/server/runners'
import { startServer, type Server, type ServerSettings } from '../../src/main/server/server'

export const fakeTrainerEntry = fileURLToPath(new URL('./fake-trainer.mjs', import.meta.url))

export const forkFake = (behaviour = 'train', stepMs = 1): StartTrainer =>
  forkTrainer(fakeTrainerEntry, {
    env: { ...process.env, FAKE_TRAINER: behaviour, FAKE_STEP_MS: String(stepMs) }
  })

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export function tinyConfig(steps: number, seed = 1): RunConfigInput {
  return {
    dataset: {
      kind: 'comparison',
      entities: 12,
      attributes: 2,
      values: 4,
      phi: 2,
      idShare: 0.7,
      probes: 10
    },
    model: { family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2 },
    batchSize: 16,
    budget: { steps },
    checkpoints: { every: 10 },
    seed
  }
}

export interface Opened {
  server: Server
  request: ApiClient
  on: ReturnType<typeof connect<typeof requests, typeof events>>['on']
  log: string[]
}

/** A server on a library with a client over a memory pair; closed after the test. */
export async function openServer(
  library: string,
  settings: Partial<ServerSettings> = {}
): Promise<Opened> {
  const log: string[] = []
  const server = await startServer({
    library,
    version: '1.2.3',
    presets: [],
    startTrainer: forkFake(),
    log: (line) => log.push(line),
    now: Date.now,
    ...settings,
    patience: { pollMs: 50, ...settings.patience }
  })
  onTestFinished(() => server.close('The test ended.'))
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const { request, on } = connect(ours, requests, events)
  return { server, request, on, log }
}

/** Looks every 10 ms until `look` returns something; the test's own limit ends a wait in vain. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look()
    if (found) return found
    await delay(10)
  }
}

export const inState = (
  request: ApiClient,
  id: string,
  ...states: RunRow['state'][]
): Promise<RunRow> =>
  until(async () => {
    const run = await request['runs.get']({ id })
    return states.includes(run.state) ? run : null
  })

/** The whole lines of a run's record. */
export function recordedEvents(library: string, id: string): TrainerEvent[] {
  const text = readFileSync(join(library, 'runs', id, 'events.jsonl'), 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TrainerEvent)
}

/** All metrics by step, the last word on each: what a crash cut off is recorded again. */
export function curvesOf(library: string, run: string): Record<string, unknown> {
  const byStep: Record<string, unknown> = {}
  for (const event of recordedEvents(library, run)) {
    if (event.type !== 'metrics') continue
    byStep[event.step] = { ...(byStep[event.step] as object | undefined), ...event.values }
  }
  return byStep
}

/** All points of a series as stored. */
export async function allPoints(
  request: ApiClient,
  id: string,
  name: string
): Promise<[number, number | null][]> {
  // A column per step keeps every point.
  const [series] = await request['metrics.series']({
    id,
    names: [name],
    scale: 'linear',
    columns: 4000
  })
  return series!.points
}
