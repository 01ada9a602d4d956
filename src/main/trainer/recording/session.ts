/**
 * Recorded graphs: a tfjs function is run once, what TensorFlow did is written down as a graph, and from then on
 * one call replays it, without JavaScript between the operations. Nothing here knows of models.
 *
 * A session holds resident tensors: variables, which recorded functions read and assign, and constants, such as
 * a data set, which they read. All functions of a session share them; between calls nothing of them leaves
 * TensorFlow. While a session is open the tf.Variables themselves are stale: `push` copies them in, `pull` out.
 *
 * What can be recorded: a synchronous function of residents and fed tensors, made of tfjs operations of the
 * native engine, gradients and `variable.assign` included, that returns tensors by name.
 * - Whatever changes from call to call is a fed tensor. A JavaScript number, an array or a tensor that is neither
 *   fed nor resident is written down with the value it has now and keeps it. So is what follows from the shapes
 *   of the feeds: a new set of shapes is recorded anew.
 * - No values are read (dataSync), hence no control flow depends on data; no operation has a result whose shape
 *   depends on data; no random numbers. Each of these throws an Error that names the operation.
 * - The function is run twice for a recording, and both must do the same: a number that changes by itself, a
 *   counter or a draw, is found that way.
 * Assignments happen after all reads. A function that assigns a variable and reads it again sees the new value, so
 * several training steps in a row can be one recording.
 *
 * All graphs of a session are one SavedModel, since TensorFlow shares variables within a loaded model only. It is
 * loaded when a recording first runs; a recording that comes later loads it anew and carries the values over,
 * so `trace` what is known beforehand.
 */
import * as tf from '@tensorflow/tfjs'
import {
  completion,
  copyNode,
  node,
  openGraph,
  shapeAttribute,
  stringAttribute,
  typeAttribute
} from './graph'
import { expectSame, record } from './recorder'
import type { Recorded, RecordingOptions, Resident, Tensors } from './recorder'
import { currentBackend, typeOf } from './tensorflow'
import type { NodeDef } from './tensorflow'

export type { RecordingOptions, Tensors } from './recorder'

export interface Residents {
  readonly variables: readonly tf.Variable[]
  /** Never assigned. The session copies them when it first runs: from then on the tensors may be disposed. */
  readonly constants?: readonly tf.Tensor[]
}

export interface Recording<Feeds extends Tensors, Results extends Tensors> {
  /** Records the function for feeds of these shapes and types, if that has not been done; runs nothing. */
  trace(feeds: Feeds): void
  /**
   * Replays the function. Without `fetch`, all results are returned; with it only those named, of which there
   * may be none. The caller disposes them. Assignments happen in any case. TensorFlow prepares each set of
   * names when it is first asked for, so ask for few different sets.
   */
  run<Name extends keyof Results & string>(
    feeds: Feeds,
    fetch?: readonly Name[]
  ): Pick<Results, Name>
}

export interface Session {
  /**
   * Gives a function a name, letters and digits, unique in the session; recorded when its shapes are known. An eager
   * session refuses options that ask for more than the function itself does.
   */
  recording<Feeds extends Tensors, Results extends Tensors>(
    name: string,
    fn: (feeds: Feeds) => Results,
    options?: RecordingOptions
  ): Recording<Feeds, Results>
  /** Copies the tf.Variables' values into the session: after they were loaded or changed outside. */
  push(): void
  /** Copies the session's values into the tf.Variables: before they are read, written to disk or used eagerly. */
  pull(): void
  /** Closes TensorFlow's session; the tf.Variables keep what they hold. */
  dispose(): void
}

/**
 * Opens a session with the values that the variables and constants have now.
 * @throws {Error} where tfjs does not run on the native engine (`canRecord`).
 */
export function recordedSession({ variables, constants = [] }: Residents): Session {
  const backend = currentBackend()
  const { binding } = backend
  const idOf = (tensor: tf.Tensor): number => backend.getInputTensorIds([tensor])[0]!
  const residents: Resident[] = [...variables, ...constants].map((tensor, i) => {
    const id = idOf(tensor)
    const variable = i < variables.length
    return {
      name: `resident/${i}`,
      tensor,
      dtype: typeOf(tensor),
      shape: tensor.shape,
      variable,
      id: variable ? () => idOf(tensor) : () => id
    }
  })
  const names = new Set<string>()
  const graphs: Recorded[] = []
  let open: { model: number; graphs: number } | undefined
  let disposed = false

  /** One call of TensorFlow: the feeds by node name, the tensors of the nodes fetched. */
  function call(model: number, feeds: Fed[], fetch: string[]): tf.Tensor[] {
    const ids = backend.getInputTensorIds(feeds.map(([, tensor]) => tensor))
    const inputs = feeds.map(([node]) => `${node}:0`).join(',')
    const outputs = fetch.map((node) => `${node}:0`).join(',')
    return binding
      .runSavedModel(model, ids, inputs, outputs)
      .map((handle) => backend.createOutputTensor(handle))
  }

  const kinds = {
    variables: residents.filter(({ variable }) => variable),
    constants: residents.filter(({ variable }) => !variable)
  }
  type Kind = keyof typeof kinds

  function write(model: number, kind: Kind, values: readonly tf.Tensor[]): void {
    if (kinds[kind].length === 0) return
    const feeds = kinds[kind].map(({ name }, i): Fed => [`${name}/new`, values[i]!])
    tf.dispose(call(model, feeds, [`${kind}/written`]))
  }

  function read(model: number, kind: Kind): tf.Tensor[] {
    const fetch = kinds[kind].map(({ name }) => `${name}/value`)
    return fetch.length === 0 ? [] : call(model, [], fetch)
  }

  /** The session with all that was recorded so far. */
  function load(): number {
    if (disposed) throw new Error('This session has been disposed.')
    if (open?.graphs === graphs.length) return open.model
    const model = openGraph(binding, [
      ...Object.entries(kinds).flatMap(([kind, residents]) => residentNodes(kind, residents)),
      ...graphs.flatMap(({ nodes }) => nodes)
    ])
    for (const kind of ['variables', 'constants'] as const) {
      if (open) {
        const values = read(open.model, kind)
        write(model, kind, values)
        tf.dispose(values)
      } else {
        write(
          model,
          kind,
          kinds[kind].map(({ tensor }) => tensor)
        )
      }
    }
    if (open) binding.deleteSavedModel(open.model)
    open = { model, graphs: graphs.length }
    return model
  }

  return {
    recording<Feeds extends Tensors, Results extends Tensors>(
      name: string,
      fn: (feeds: Feeds) => Results,
      options?: RecordingOptions
    ): Recording<Feeds, Results> {
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || names.has(name)) {
        throw new Error(`A recording needs a name of its own, letters and digits; not "${name}".`)
      }
      names.add(name)
      /** By the shapes and types of the feeds. */
      const traces = new Map<string, { prefix: string; fetches: string[] }>()

      function traced(feeds: Feeds): { prefix: string; fetches: string[] } {
        const key = shapeKey(feeds)
        const known = traces.get(key)
        if (known) return known
        const prefix = `${name}/${traces.size}`
        const recorded = record(backend, prefix, residents, feeds, fn, options)
        expectSame(name, recorded, record(backend, prefix, residents, feeds, fn, options))
        graphs.push(recorded)
        const trace = { prefix, fetches: recorded.fetches }
        traces.set(key, trace)
        return trace
      }

      return {
        trace: (feeds) => void traced(feeds),
        run(feeds: Feeds, fetch?: readonly string[]) {
          const { prefix, fetches } = traced(feeds)
          const wanted = fetch ?? fetches
          const from = wanted.length
            ? wanted.map((result) => `${prefix}/fetch/${result}`)
            : [`${prefix}/done`]
          const fed = Object.entries(feeds).map(([feed, tensor]): Fed => [
            `${prefix}/feed/${feed}`,
            tensor
          ])
          const results = call(load(), fed, from)
          if (wanted.length === 0) tf.dispose(results)
          return Object.fromEntries(wanted.map((result, i) => [result, results[i]!])) as Results
        }
      }
    },

    push() {
      const values = kinds.variables.map(({ tensor }) => tensor)
      if (open) write(open.model, 'variables', values)
    },

    pull() {
      if (!open) return
      const values = read(open.model, 'variables')
      variables.forEach((variable, i) => variable.assign(values[i]!))
      tf.dispose(values)
    },

    dispose() {
      if (open) binding.deleteSavedModel(open.model)
      open = undefined
      disposed = true
    }
  }
}

/** TensorFlow's variables, with one way in for all (`new` -> `kind/written`) and a way out for each (`value`). */
function residentNodes(kind: string, residents: readonly Resident[]): NodeDef[] {
  const nodes = residents.flatMap(({ name, dtype, shape }) => {
    const type = typeAttribute(dtype)
    const of = { dtype: type, shape: shapeAttribute(shape) }
    return [
      node('VarHandleOp', name, [], { ...of, shared_name: stringAttribute(name) }),
      node('Placeholder', `${name}/new`, [], of),
      copyNode(`${name}/copy`, `${name}/new`, dtype),
      node('AssignVariableOp', `${name}/write`, [name, `${name}/copy`], { dtype: type }),
      node('ReadVariableOp', `${name}/value`, [name], { dtype: type })
    ]
  })
  const writes = residents.map(({ name }) => `${name}/write`)
  return [...nodes, ...completion(`${kind}/written`, writes)]
}

/** A tensor and the node that it is fed to. */
type Fed = [node: string, tensor: tf.Tensor]

function shapeKey(feeds: Tensors): string {
  return Object.entries(feeds)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape.join()}]`)
    .join()
}
