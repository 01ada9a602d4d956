/** How much memory runs will hold, and so how many fit beside one another: by the forecast of their settings. */
import type { RunConfig } from '@shared/config'
import type { EngineInfo } from '@shared/events'
import { evaluationChunk, forecastMemory } from '@shared/memory-forecast'
import { datasetShape } from '../datasets/index'

/** Of all memory, what runs may hold together; the rest is the system's and the page's. */
export const memoryShare = 0.75

/** Probes of all splits: a forecast from settings alone does not build the data, and few sets have more. */
const mostProbes = 5 * evaluationChunk

/**
 * Bytes at the height of a run; null where its settings or its file of facts cannot be read, which the trainer will say.
 * @param engine that runs here, as far as is known
 */
export function runBytes(config: unknown, engine: EngineInfo | null): number | null {
  try {
    const known = config as RunConfig
    const kind = engine && engine.name !== 'native' ? 'wasm' : 'native'
    return forecastMemory(known, datasetShape(known.dataset), mostProbes, kind).total
  } catch {
    return null
  }
}

/** How many runs of these sizes fit at once, one at least: as many as of their mean. */
export function howManyFit(sizes: readonly number[], memoryBytes: number): number {
  if (sizes.length === 0) return Infinity
  const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length
  return Math.max(1, Math.floor((memoryShare * memoryBytes) / mean))
}
