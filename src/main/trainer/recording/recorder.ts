/** Writes down, as graph nodes, the TensorFlow operations that a tfjs function runs. */
import * as tf from '@tensorflow/tfjs'
import {
  boolAttribute,
  castNode,
  completion,
  constantNode,
  copyNode,
  fromKernel,
  node,
  shapeAttribute,
  typeAttribute
} from './graph'
import { rewrite } from './rewrite'
import type { Operation } from './rewrite'
import { types } from './tensorflow'
import type { AttrValue, Backend, Binding, Handle, NodeDef } from './tensorflow'

export type Tensors = Record<string, tf.Tensor>

/** A tensor whose value lives in the session: `name` is the node that holds it. */
export interface Resident {
  readonly name: string
  readonly tensor: tf.Tensor
  readonly dtype: number
  readonly shape: readonly number[]
  /** May be assigned by a recorded function. */
  readonly variable: boolean
  /** The tensor that has its value now; a constant's tensor may have been disposed since. */
  readonly id: () => number
}

/** How a recorded function is to be computed, where that is not as the eager run does. */
export interface RecordingOptions {
  /**
   * Matrix products take and give numbers of this type; everything else stays in float32, products with a one-hot
   * matrix too. That is what torch.autocast does to the products, but for a bias, which is added in float32 here.
   */
  readonly products?: 'float32' | 'bfloat16' | 'float16'
  /** XLA compiles what it can of the graph, in clusters, when the function first runs. */
  readonly compile?: boolean
}

const productOps = new Set(['MatMul', 'BatchMatMulV2'])
/** What leaves the ones of a one-hot matrix where they are, or moves them. */
const rearranging = new Set(['Cast', 'Reshape', 'Transpose', 'ExpandDims'])

export interface Recorded {
  readonly nodes: NodeDef[]
  /** Names of the tensors that the function returned; node `${prefix}/fetch/${name}` gives one. */
  readonly fetches: string[]
}

/** Operations whose replay is not what an eager run would do again. */
const refused: Record<string, string> = {
  Multinomial: 'draws random numbers of its own; feed the numbers or a seed',
  UniqueV2: 'has a result whose shape depends on the data',
  Where: 'has a result whose shape depends on the data',
  NonMaxSuppressionV3: 'has a result whose shape depends on the data',
  NonMaxSuppressionV4: 'has a result whose shape depends on the data',
  NonMaxSuppressionV5: 'has a result whose shape depends on the data'
}

/** Types that tfjs-node's kernels leave out, by the input that has them; the eager runtime finds them itself. */
const typesOfInputs: Record<string, Record<string, number>> = { ExpandDims: { T: 0 } }

/**
 * Runs `fn` once on the engine and returns the nodes of what it did, under names that begin with `prefix/`.
 * The residents' tensors hold what they held before when this returns, and nothing that `fn` made is left.
 * @throws {Error} naming the operation, where `fn` does what cannot be recorded (see session.ts).
 */
export function record<Feeds extends Tensors>(
  backend: Backend,
  prefix: string,
  residents: readonly Resident[],
  feeds: Feeds,
  fn: (feeds: Feeds) => Tensors,
  { products = 'float32', compile = false }: RecordingOptions = {}
): Recorded {
  const { binding } = backend
  const nodes: NodeDef[] = []
  /** Where the value of a tensor comes from, by the tensor's id. */
  const sources = new Map<number, string>()
  /** What a node does, by its name. */
  const ops = new Map<string, string>()
  const idOf = (tensor: tf.Tensor): number => backend.getInputTensorIds([tensor])[0]!
  const add = (def: NodeDef): string => {
    nodes.push(def)
    return def.getName()
  }
  /** One-hot matrices. A product with one picks numbers: it multiplies nothing, so it stays exact. */
  const selections = new Set<string>()
  const nameOf = (op: string): string => `${prefix}/${nodes.length}_${op}`
  /** For XLA's clustering (tensorflow/compiler/jit/defs.cc). */
  const marks: Record<string, AttrValue> = compile ? { _XlaCompile: boolAttribute(true) } : {}

  /** A value of float32 in the type of the products, by the node that it comes from. */
  const narrowed = new Map<string, string>()
  const narrow = (from: string): string => {
    const known = narrowed.get(from)
    if (known) return known
    const name = add(castNode(nameOf('Cast'), from, types.float32, types[products]))
    narrowed.set(from, name)
    return name
  }
  /** A product in its own type between casts. */
  const addProduct = ({ op, attributes }: Operation, from: string[]): string => {
    const T = typeAttribute(types[products])
    const product = add(node(op, nameOf(op), from.map(narrow), { ...attributes, ...marks, T }))
    return add(castNode(nameOf('Cast'), product, types[products], types.float32))
  }

  for (const { name, id, dtype } of residents) {
    const read = add(
      node('ReadVariableOp', `${prefix}/read/${name}`, [name], { dtype: typeAttribute(dtype) })
    )
    sources.set(id(), read)
  }
  for (const [name, tensor] of Object.entries(feeds)) {
    const id = idOf(tensor)
    const { shape, dtype } = describe(binding, id)
    const attributes = { dtype: typeAttribute(dtype), shape: shapeAttribute(shape) }
    const feed = add(node('Placeholder', `${prefix}/feed/${name}`, [], attributes))
    sources.set(id, add(copyNode(`${prefix}/fed/${name}`, feed, dtype)))
  }

  const sourceOf = (id: number): string => {
    const known = sources.get(id)
    if (known) return known
    // Made before the recording and neither resident nor fed: its value now is its value for good.
    const { shape, dtype } = describe(binding, id)
    const name = add(constantNode(nameOf('Const'), shape, dtype, binding.tensorDataSync(id)))
    sources.set(id, name)
    return name
  }

  /** A tensor whose values were asked for and that has not been excused yet. */
  let read: number | undefined
  const refuseRead = (): never => {
    const source = nodes.find((def) => def.getName() === sources.get(read!))
    throw new Error(
      `Recording ${prefix}: it reads the values of a tensor (dataSync, data or array), ` +
        `made by ${source?.getOp() ?? 'nothing recorded'}; a replay would not read again.`
    )
  }

  // The binding's methods cannot be replaced, so an object that inherits the rest stands in for it.
  const standIn = {
    __proto__: binding,
    createTensor(...args: Parameters<Binding['createTensor']>): number {
      const [shape, dtype, values] = args
      const id = binding.createTensor(...args)
      sources.set(id, add(constantNode(nameOf('Const'), shape, dtype, values)))
      return id
    },
    tensorDataSync(id: number) {
      if (read !== undefined) refuseRead()
      read = id
      return binding.tensorDataSync(id)
    },
    executeOp(...args: Parameters<Binding['executeOp']>): Handle[] {
      const [op, attributes, inputs] = args
      // tfjs-node's gather compares its indices with the table's length before it runs: TensorFlow does so too.
      if (read !== undefined && !(op === 'GatherV2' && inputs[1] === read)) refuseRead()
      read = undefined
      if (refused[op]) throw new Error(`Recording ${prefix}: ${op} ${refused[op]}.`)
      const handles = binding.executeOp(...args)
      if (handles.some(({ dtype }) => dtype === types.resource || dtype === types.string)) {
        throw new Error(`Recording ${prefix}: ${op} gives no numbers and cannot be recorded.`)
      }
      const given = Object.fromEntries(attributes.map((a) => [a.name, fromKernel(binding, a)]))
      for (const [name, input] of Object.entries(typesOfInputs[op] ?? {})) {
        given[name] ??= typeAttribute(describe(binding, inputs[input]!).dtype)
      }
      const from = inputs.map(sourceOf)
      const written = rewrite(
        { op, attributes: given },
        inputs.map((id, i) => ({ op: ops.get(from[i]!), shape: describe(binding, id).shape }))
      )
      const narrows =
        products !== 'float32' &&
        productOps.has(written.op) &&
        handles[0]!.dtype === types.float32 &&
        !from.some((source) => selections.has(source))
      const name = narrows
        ? addProduct(written, from)
        : add(node(written.op, nameOf(written.op), from, { ...written.attributes, ...marks }))
      ops.set(name, written.op)
      const moves = rearranging.has(op) && selections.has(from[0]!)
      if (op === 'OneHot' || moves) selections.add(name)
      handles.forEach(({ id }, i) => sources.set(id, i === 0 ? name : `${name}:${i}`))
      return handles
    }
  } as unknown as Binding

  const variables = residents.filter(({ variable }) => variable)
  const before = variables.map(({ tensor }) => tensor.clone())
  let fetches: string[] = []
  try {
    backend.binding = standIn
    tf.tidy(() => {
      const results = fn(feeds)
      if (results instanceof Promise) {
        throw new Error(`Recording ${prefix}: an async function cannot be recorded.`)
      }
      const returned = Object.entries(results).map(([name, tensor]) => ({ name, id: idOf(tensor) }))
      const assigned = variables.map(({ id }) => id())
      if (read !== undefined) refuseRead()
      backend.binding = binding

      const done = assign(variables, assigned.map(sourceOf))
      fetches = returned.map(({ name }) => name)
      for (const { name, id } of returned) {
        const { dtype } = describe(binding, id)
        const inputs = [sourceOf(id), `^${done}`]
        add(node('Identity', `${prefix}/fetch/${name}`, inputs, { T: typeAttribute(dtype) }))
      }
    })
  } finally {
    backend.binding = binding
    variables.forEach(({ tensor }, i) => (tensor as tf.Variable).assign(before[i]!))
    tf.dispose(before)
  }
  return { nodes, fetches }

  /** Assigns what has changed, each variable after it was read. @returns the node that is there after all. */
  function assign(variables: readonly Resident[], values: string[]): string {
    const assignments = variables.flatMap(({ name, dtype }, i) => {
      const read = `${prefix}/read/${name}`
      if (values[i] === read) return []
      const inputs = [name, values[i]!, `^${read}`]
      return [
        add(
          node('AssignVariableOp', `${prefix}/assign/${name}`, inputs, {
            dtype: typeAttribute(dtype)
          })
        )
      ]
    })
    for (const def of completion(`${prefix}/done`, assignments)) add(def)
    return `${prefix}/done`
  }
}

/** @throws {Error} naming the first operation in which two recordings of one function differ. */
export function expectSame(
  name: string,
  { nodes: first }: Recorded,
  { nodes: second }: Recorded
): void {
  const at = first.findIndex((def, i) => {
    const other = second[i]
    return !other || Buffer.compare(def.serializeBinary(), other.serializeBinary()) !== 0
  })
  if (at === -1 && first.length === second.length) return
  const differing = at === -1 ? second[first.length] : first[at]
  throw new Error(
    `Recording ${name}: run twice, it differs at ${differing!.getName()}. A number that changes from call to ` +
      'call must be a fed tensor.'
  )
}

/** Shape and type as TensorFlow has them; an eager Identity needs to be told neither and copies nothing. */
function describe(binding: Binding, id: number): Handle {
  const [same] = binding.executeOp('Identity', [], [id], 1)
  binding.deleteTensor(same!.id)
  return same!
}
