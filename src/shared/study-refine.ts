/** More seeds where they tell most: one for each cell at the edge, within a budget. */
import type { PlannedStudy } from './contract'
import type { Study } from './study'
import type { PhaseCell } from './study-phase'
import { cellKey } from './study-plan'

export interface Refinement {
  /** The study with the further cells. */
  study: Study
  /** The keys of the cells that were added, at most as many as the budget. */
  keys: string[]
}

/**
 * Adds to each cell at the edge the seed after its largest, and to each of several that it pools.
 * @param edge cells in the order in which they matter
 * @param budget runs at most
 * @returns null where there is nothing to add: no edge, no budget, or no axis of seeds
 */
export function withFurtherSeeds(
  { study, axes }: Pick<PlannedStudy, 'study' | 'axes'>,
  edge: readonly PhaseCell[],
  budget: number
): Refinement | null {
  const seeds = axes.find(({ isSeeds }) => isSeeds)
  if (!seeds || budget < 1) return null
  const added = edge
    .flatMap(({ results }) => {
      const largest = new Map<string, { labels: Record<string, string>; seed: number }>()
      for (const { cell } of results) {
        if (cell.hash === null) continue
        const { [seeds.name]: own, ...labels } = cell.labels
        const key = JSON.stringify(labels)
        const seed = Math.max(largest.get(key)?.seed ?? 0, Number(own))
        largest.set(key, { labels, seed })
      }
      return [...largest.values()].map(({ labels, seed }) => ({ labels, seed: seed + 1 }))
    })
    .slice(0, budget)
  if (added.length === 0) return null
  return {
    study: { ...study, further: [...study.further, ...added] },
    keys: added.map(({ labels, seed }) => cellKey(axes, { ...labels, [seeds.name]: String(seed) }))
  }
}
