/** The weights that a run begins with. */
import type { RunConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { modelOf, type Sizes } from '../models/index'
import { flatten, mapTree, type HostArray, type Tree } from '../models/params'

/** The family's initial weights for the run's seed, times `optimizer.initScale`. */
export function initialWeights(
  { model, optimizer, seed }: Pick<RunConfig, 'model' | 'optimizer' | 'seed'>,
  sizes: Sizes
): Tree<HostArray> {
  const drawn = modelOf(model).init(model, sizes, createRng(seed, 'init'))
  const scale = optimizer.initScale
  if (scale === 1) return drawn
  return mapTree(drawn, ({ shape, values }) => ({ shape, values: values.map((x) => scale * x) }))
}

/** Global L2 norm, summed in float64. */
export function normOf(weights: Tree<HostArray>): number {
  let squares = 0
  for (const [, { values }] of flatten(weights)) for (const x of values) squares += x * x
  return Math.sqrt(squares)
}
