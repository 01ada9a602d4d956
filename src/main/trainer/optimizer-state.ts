/** What an optimizer remembers from step to step: a few named trees. */
import type * as tf from '@tensorflow/tfjs'
import { mapTree, sizeOf, toVariables } from '../models/params'
import type { HostArray, Tree } from '../models/params'
import { grokfastShapes } from './grokfast'
import { scalerShapes } from './loss-scale'
import type { AdamW } from './optimizer'

type Shape = { readonly shape: readonly number[] }
/** `start`: the value before the first step, 0 where it is left out. */
type StateShape = Shape & { readonly start?: number }

/** First and second moments m and v, each a tree of the weights' form. */
export type Moments<Leaf extends object = tf.Tensor> = {
  readonly first: Tree<Leaf>
  readonly second: Tree<Leaf>
}

/** All that an optimizer remembers: the moments, and by name what else it needs. Names hold no dots. */
export type OptimizerState<Leaf extends object = tf.Tensor> = Moments<Leaf> &
  Readonly<Record<string, Tree<Leaf>>>

/** Shapes of everything that an optimizer remembers. */
export function stateShapes(
  { grokfast = null, lossScale = false }: Pick<AdamW, 'grokfast' | 'lossScale'>,
  weights: Tree<Shape>
): OptimizerState<StateShape> {
  const shapes = mapTree(weights, ({ shape }) => ({ shape }))
  return {
    ...{ first: shapes, second: shapes },
    ...grokfastShapes(grokfast, weights),
    ...(lossScale && { scaler: scalerShapes })
  }
}

/** What an optimizer remembers before the first step. */
export function startState(
  optimizer: Pick<AdamW, 'grokfast' | 'lossScale'>,
  weights: Tree<Shape>
): OptimizerState<HostArray> {
  const trees = Object.entries(stateShapes(optimizer, weights))
  const filled = trees.map(([name, tree]) => [name, mapTree(tree, atStart)] as const)
  return Object.fromEntries(filled) as OptimizerState<HostArray>
}

const atStart = ({ shape, start = 0 }: StateShape): HostArray => ({
  shape,
  values: new Float32Array(sizeOf(shape)).fill(start)
})

/** The state as variables on the current engine: that of a checkpoint, else the start. The caller disposes it. */
export function initState(
  optimizer: Pick<AdamW, 'grokfast' | 'lossScale'>,
  weights: Tree<Shape>,
  saved?: OptimizerState<HostArray>
): OptimizerState<tf.Variable> {
  const trees = Object.entries(startState(optimizer, weights)).map(
    ([name, tree]) => [name, toVariables(saved?.[name] ?? tree)] as const
  )
  return Object.fromEntries(trees) as OptimizerState<tf.Variable>
}

/** The state of an optimizer that remembers no more than its moments. */
export function initAdam(
  weights: Tree<Shape>,
  saved?: Moments<HostArray>
): OptimizerState<tf.Variable> {
  return initState({}, weights, saved && { first: saved.first, second: saved.second })
}
