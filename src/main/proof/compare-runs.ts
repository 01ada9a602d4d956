/** Two run folders that should be equal: what was measured, and the bytes of every checkpoint. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Outcome, type MetricValue, type TrainerEvent } from '@shared/events'
import { recordedIn } from './killed-training'

export interface Comparison {
  /** How many recorded values, checkpoints and bytes of these were compared. */
  compared: { values: number; checkpoints: number; bytes: number }
  /** In words, each with its step; empty where all is equal. */
  differences: string[]
}

/** Of a checkpoint's files, those whose bytes follow from the step alone; the manifest holds a time. */
const exactFiles = ['model.safetensors', 'optimizer.safetensors', 'config.json'] as const

/**
 * @param calm the folder of the run that was left alone; `disturbed` is held against it
 * @param furtherCheckpoints whether that may have checkpoints besides: a trainer whose server dies writes one
 */
export function compareRuns(
  calm: string,
  disturbed: string,
  furtherCheckpoints = false
): Comparison {
  const [expected, found] = [calm, disturbed].map((folder) => measured(recordedIn(folder))) as [
    Map<string, MetricValue>,
    Map<string, MetricValue>
  ]
  const differences: string[] = []
  for (const [name, value] of expected) {
    if (!found.has(name)) differences.push(`${name} is missing`)
    else if (!Object.is(found.get(name), value)) {
      differences.push(`${name} is ${found.get(name)}, not ${value}`)
    }
  }
  for (const name of found.keys()) if (!expected.has(name)) differences.push(`${name} is new`)

  const names = checkpointsIn(calm)
  const further = checkpointsIn(disturbed).filter((name) => !names.includes(name))
  if (!furtherCheckpoints) differences.push(...further.map((name) => `checkpoint ${name} is new`))
  let bytes = 0
  for (const name of names) {
    for (const file of exactFiles) {
      const [one, other] = [calm, disturbed].map((folder) =>
        read(join(folder, 'checkpoints', name, file))
      ) as [Buffer | null, Buffer | null]
      bytes += one?.length ?? 0
      if (!one || !other) differences.push(`${file} of checkpoint ${name} is missing`)
      else if (!one.equals(other)) differences.push(`${file} of checkpoint ${name} differs`)
    }
  }
  return {
    compared: { values: expected.size, checkpoints: names.length, bytes },
    differences
  }
}

/**
 * What is known of a run, by step and metric, and its data, size and outcome: the last word on each, since what a
 * stretch recorded past the point of resumption is superseded.
 */
export function measured(events: readonly TrainerEvent[]): Map<string, MetricValue> {
  const values = new Map<string, MetricValue>()
  for (const event of events) {
    if (event.type === 'started') {
      for (const name of values.keys()) {
        if (stepOf(name) > (event.resumedFrom ?? -1)) values.delete(name)
      }
      for (const outcome of Outcome.options) values.delete(`${outcome} at`)
      values.set('parameters', event.parameterCount)
      values.set(`data set ${event.datasetHash}`, 1)
    } else if (event.type === 'metrics') {
      for (const [name, value] of Object.entries(event.values)) {
        values.set(`step ${event.step}, ${name}`, value)
      }
    } else if (event.type === 'ended') {
      values.set(`${event.outcome} at`, event.step)
    }
  }
  return values
}

const stepOf = (name: string): number => Number(/^step (\d+),/.exec(name)?.[1] ?? -2)

function checkpointsIn(folder: string): string[] {
  const parent = join(folder, 'checkpoints')
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => name.startsWith('step-'))
    .sort()
}

const read = (path: string): Buffer | null => (existsSync(path) ? readFileSync(path) : null)
