/**
 * Parameters are trees: nested records and lists whose leaves are parameters. The path of a leaf, joined by
 * dots, is its name, and that name is the one `transformers` uses (`transformer.h.0.attn.c_attn.weight`), so
 * checkpoints, decay rules, the page and import and export all speak of one set of names.
 */
import * as tf from '@tensorflow/tfjs'
import type { Rng } from '@shared/rng'

export type Tree<Leaf> =
  { readonly [key: string]: Leaf | Tree<Leaf> } | readonly (Leaf | Tree<Leaf>)[]

/** Weights as the layers see them; the trainer makes every leaf a `tf.Variable`. */
export type Weights = Tree<tf.Tensor>

/** A tensor's numbers outside any engine, row-major. */
export interface HostArray {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** What a family says about one parameter before it exists. */
export interface Parameter {
  readonly shape: readonly number[]
  /** Fills the fresh, zeroed array; draws from `rng` only what the parameter needs. */
  readonly fill: (values: Float32Array, rng: Rng) => void
}

/** Every entry drawn from N(mean 0, std²), in row-major order. */
export function normal(shape: readonly number[], std: number): Parameter {
  return {
    shape,
    fill: (values, rng) => {
      for (let i = 0; i < values.length; i++) values[i] = std * rng.normal()
    }
  }
}

/** Every entry drawn from [-limit, limit), in row-major order. */
export function uniform(shape: readonly number[], limit: number): Parameter {
  return {
    shape,
    fill: (values, rng) => {
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * rng.uniform() - 1)
    }
  }
}

/** Entry i along the last axis is `value(i, rng)`, the same for all others; nothing is drawn unless `value` does. */
export function along(shape: readonly number[], value: (i: number, rng: Rng) => number): Parameter {
  const width = shape.at(-1)!
  return {
    shape,
    fill: (values, rng) => {
      for (let i = 0; i < width; i++) values[i] = value(i, rng)
      for (let at = width; at < values.length; at += width) values.copyWithin(at, 0, width)
    }
  }
}

/**
 * A matrix [out, in] whose columns (rows, where it is wider than high) are orthogonal and of norm `gain`, uniform
 * over all such matrices (Saxe et al. 2014, arXiv 1312.6120; torch.nn.init.orthogonal_): normal draws, column by
 * column (row by row), made orthonormal in float64 by modified Gram-Schmidt, which is QR with a positive diagonal.
 */
export function orthogonal([fanOut, fanIn]: readonly [number, number], gain: number): Parameter {
  const [count, length] = [Math.min(fanOut, fanIn), Math.max(fanOut, fanIn)]
  const [columnStride, rowStride] = fanOut >= fanIn ? [1, fanIn] : [fanIn, 1]
  return {
    shape: [fanOut, fanIn],
    fill: (values, rng) => {
      const vectors: Float64Array[] = []
      for (let j = 0; j < count; j++) {
        const v = Float64Array.from({ length }, () => rng.normal())
        for (const u of vectors) {
          const share = dot(u, v)
          for (let i = 0; i < length; i++) v[i]! -= share * u[i]!
        }
        const norm = Math.sqrt(dot(v, v))
        for (let i = 0; i < length; i++) v[i]! /= norm
        vectors.push(v)
        for (let i = 0; i < length; i++) values[j * columnStride + i * rowStride] = gain * v[i]!
      }
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Every entry the same; draws nothing. */
export function constant(shape: readonly number[], value: number): Parameter {
  return { shape, fill: (values) => values.fill(value) }
}

/** Draws all parameters in the order of the tree, which is therefore part of a family's definition. */
export function drawParameters(parameters: Tree<Parameter>, rng: Rng): Tree<HostArray> {
  return mapTree(parameters, ({ shape, fill }) => {
    const values = new Float32Array(sizeOf(shape))
    fill(values, rng)
    return { shape, values }
  })
}

/** Number of scalars; nothing is allocated. */
export function countParameters(tree: Tree<{ readonly shape: readonly number[] }>): number {
  return flatten(tree).reduce((sum, [, leaf]) => sum + sizeOf(leaf.shape), 0)
}

/** Leaves with their dotted names, in tree order. */
export function flatten<Leaf extends object>(tree: Tree<Leaf>): [name: string, leaf: Leaf][] {
  const entries: [string, Leaf][] = []
  mapTree(tree, (leaf, name) => {
    entries.push([name, leaf])
    return leaf
  })
  return entries
}

/** A tree of the same form with `leaves[i]` where `tree` has its i-th leaf. */
export function unflatten<Leaf extends object>(
  tree: Tree<object>,
  leaves: readonly Leaf[]
): Tree<Leaf> {
  let next = 0
  const filled = mapTree(tree, () => leaves[next++]!)
  if (next !== leaves.length) throw new Error(`${leaves.length} leaves for a tree of ${next}`)
  return filled
}

/** A tree of the same form with every leaf replaced. */
export function mapTree<A extends object, B extends object>(
  tree: Tree<A>,
  f: (leaf: A, name: string) => B,
  path = ''
): Tree<B> {
  const child = (value: A | Tree<A>, key: string | number): B | Tree<B> => {
    const name = path ? `${path}.${key}` : String(key)
    return isTree(value) ? mapTree(value, f, name) : f(value, name)
  }
  if (isList(tree)) return tree.map(child)
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, child(value, key)]))
}

/** Copies host arrays into trainable variables on the current engine. The caller disposes them. */
export function toVariables(tree: Tree<HostArray>): Tree<tf.Variable> {
  return mapTree(tree, ({ shape, values }) =>
    tf.tidy(() => tf.variable(tf.tensor(values, [...shape], 'float32')))
  )
}

/** Reads the numbers back, waiting for the engine. Names and order are kept. */
export async function toHost(tree: Weights): Promise<[name: string, array: HostArray][]> {
  return Promise.all(
    flatten(tree).map(async ([name, tensor]): Promise<[string, HostArray]> => {
      return [name, { shape: tensor.shape, values: (await tensor.data()) as Float32Array }]
    })
  )
}

/** Frees every tensor of the tree. */
export function disposeTree(tree: Weights): void {
  for (const [, tensor] of flatten(tree)) tensor.dispose()
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

function isList<Leaf>(tree: Tree<Leaf>): tree is readonly (Leaf | Tree<Leaf>)[] {
  return Array.isArray(tree)
}

/** Leaves carry a `shape` (tensors, host arrays, parameters alike); branches never have a parameter of that name. */
function isTree<Leaf extends object>(value: Leaf | Tree<Leaf>): value is Tree<Leaf> {
  return !('shape' in value)
}
