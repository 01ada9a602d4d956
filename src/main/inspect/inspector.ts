/**
 * The inspecting side of a trainer process: orders come in, are worked off one at a time in their order, and each
 * answer is a file. Data sets and weights of the last few orders stay at hand, since a slider asks for neighbours.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { RunConfig } from '@shared/config'
import { toErrorMessage } from '@shared/errors'
import type { EngineChoice } from '@shared/events'
import type { InspectMessage, InspectOrder, InspectResult } from '@shared/inspect'
import type { Dataset } from '../datasets/dataset'
import { runJob } from './jobs'
import { Cancelled, type Pace } from './pace'
import { datasetOf, openCheckpoint, readRunConfig, type Checkpoint, type Subject } from './subject'

export interface InspectorHost {
  /** Makes an engine tfjs's current backend. */
  startEngine(engine: EngineChoice): Promise<unknown>
  post(message: InspectMessage): void
  /** Takes what is no UserError, for the log. */
  log(error: unknown): void
  /** Unix time in milliseconds. */
  now(): number
}

export interface Inspector {
  order(id: string, order: InspectOrder): void
  /** An order that waits is dropped, one at work ends at its next pause; neither gets an answer. */
  cancel(id: string): void
  /** Frees the engine's memory. */
  dispose(): void
}

/** Progress is told at most this often. */
const tellMs = 100
/** How many data sets, and how many checkpoints' weights, are kept. */
const keptRuns = 3
const keptSubjects = 4

export function createInspector(host: InspectorHost): Inspector {
  const waiting: { id: string; order: InspectOrder }[] = []
  const cancelled = new Set<string>()
  const runs = new Map<string, { config: RunConfig; dataset: Dataset }>()
  const subjects = new Map<string, Subject>()
  let engine: EngineChoice | undefined
  let working: string | undefined

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      working = next.id
      host.post(await answer(next.id, next.order))
      cancelled.delete(next.id)
    }
    working = undefined
  }

  async function answer(id: string, order: InspectOrder): Promise<InspectMessage> {
    try {
      if (engine === undefined) await host.startEngine((engine = order.engine))
      write(order.file, await inspect(order, paceOf(id)))
      return { type: 'done', id }
    } catch (error) {
      if (error instanceof Cancelled) {
        const message = 'It was called off.'
        return { type: 'failed', id, error: { code: 'inspect.cancelled', message, hint: '' } }
      }
      const { code, message, hint } = toErrorMessage(error)
      if (code === 'internal') host.log(error)
      return { type: 'failed', id, error: { code, message, hint } }
    }
  }

  function paceOf(id: string): Pace {
    let told = -Infinity
    return async (done, total) => {
      await setImmediate() // lets a cancellation in
      if (cancelled.has(id)) throw new Cancelled()
      if (host.now() - told < tellMs) return
      told = host.now()
      host.post({ type: 'progress', id, done, total })
    }
  }

  async function inspect(
    { folder, step, query }: InspectOrder,
    pace: Pace
  ): Promise<InspectResult> {
    const { config, dataset } = recent(runs, folder, keptRuns, () => {
      const config = readRunConfig(folder)
      return { config, dataset: datasetOf(config) }
    })
    await pace(0, 1)
    const open = (at: number): Checkpoint => openCheckpoint(folder, config, dataset, at)
    const checkpoint = open(step)
    const against = query.job === 'weights' && query.against !== null ? open(query.against) : null
    const subject = (): Subject =>
      recent(subjects, `${folder}/${checkpoint.sha256}`, keptSubjects, checkpoint.subject, (old) =>
        old.dispose()
      )
    const finding = await runJob(query, { config, dataset, checkpoint, against, subject, pace })
    return {
      ...{ version: 1, query, step, checkpoint: checkpoint.sha256 },
      against: against?.sha256 ?? null,
      ...finding
    }
  }

  return {
    order(id, order) {
      waiting.push({ id, order })
      if (working === undefined) {
        working = id
        void work()
      }
    },
    cancel(id) {
      const place = waiting.findIndex((order) => order.id === id)
      if (place >= 0) waiting.splice(place, 1)
      else if (working === id) cancelled.add(id)
    },
    dispose() {
      for (const subject of subjects.values()) subject.dispose()
      subjects.clear()
    }
  }
}

/** Looks something up among the most recent few, making it where it is not there. */
function recent<T>(
  kept: Map<string, T>,
  key: string,
  limit: number,
  make: () => T,
  drop: (old: T) => void = () => undefined
): T {
  const found = kept.get(key) ?? make()
  kept.delete(key)
  kept.set(key, found)
  for (const [old, value] of kept) {
    if (kept.size <= limit) break
    kept.delete(old)
    drop(value)
  }
  return found
}

/** Writes an answer aside, then under its name: a reader finds it whole or not at all. */
function write(file: string, result: InspectResult): void {
  mkdirSync(dirname(file), { recursive: true })
  const aside = `${file}.${process.pid}.partial`
  writeFileSync(aside, JSON.stringify(result))
  renameSync(aside, file)
}
