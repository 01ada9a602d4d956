/** Nodes of a TensorFlow graph, and a file of them opened as a session. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { protobuf, types } from './tensorflow'
import type { AttrValue, Binding, NodeDef, OpAttribute, Values } from './tensorflow'

/** Newest graph version whose meaning this code knows; TensorFlow reads all older ones. */
const graphVersion = 1400

/** Inputs are `node`, `node:output`, or `^node` for "after that node". */
export function node(
  op: string,
  name: string,
  inputs: string[],
  attributes: Record<string, AttrValue> = {}
): NodeDef {
  const def = new (protobuf().NodeDef)()
  def.setOp(op)
  def.setName(name)
  def.setInputList(inputs)
  for (const [key, value] of Object.entries(attributes)) def.getAttrMap().set(key, value)
  return def
}

export function constantNode(
  name: string,
  shape: readonly number[],
  dtype: number,
  values: Values
): NodeDef {
  if (!ArrayBuffer.isView(values))
    throw new Error(`Constant ${name}: only numbers can be recorded.`)
  const { Tensor } = protobuf()
  const tensor = new Tensor()
  tensor.setDtype(dtype)
  tensor.setTensorShape(shapeProto(shape))
  // A copy: the array may belong to tfjs and change later.
  tensor.setTensorContent(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
  )
  return node('Const', name, [], {
    dtype: typeAttribute(dtype),
    value: attribute((a) => a.setTensor(tensor))
  })
}

/**
 * A copy in TensorFlow's own memory. A fed tensor may be memory of JavaScript's, which has to be given back on
 * JavaScript's thread; what a graph keeps or passes on is freed on any.
 */
export function copyNode(name: string, from: string, dtype: number): NodeDef {
  return node('DeepCopy', name, [from], { T: typeAttribute(dtype) })
}

/** Values of one type as values of another. */
export function castNode(name: string, from: string, source: number, target: number): NodeDef {
  return node('Cast', name, [from], {
    SrcT: typeAttribute(source),
    DstT: typeAttribute(target)
  })
}

export const typeAttribute = (type: number): AttrValue => attribute((a) => a.setType(type))
export const stringAttribute = (text: string): AttrValue =>
  attribute((a) => a.setS(Buffer.from(text)))
export const boolAttribute = (value: boolean): AttrValue => attribute((a) => a.setB(value))
export const shapeAttribute = (shape: readonly number[]): AttrValue =>
  attribute((a) => a.setShape(shapeProto(shape)))

/** Translates an attribute from the form in which tfjs-node's kernels hand it to the eager runtime. */
export function fromKernel(binding: Binding, { name, type, value }: OpAttribute): AttrValue {
  const list = Array.isArray(value) ? value : undefined
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return typeAttribute(value as number)
    case binding.TF_ATTR_SHAPE:
      return shapeAttribute(value as number[])
    case binding.TF_ATTR_STRING:
      return stringAttribute(value as string)
    case binding.TF_ATTR_INT:
      if (list) return listAttribute((l) => l.setIList(list as number[]))
      return attribute((a) => a.setI(value as number))
    case binding.TF_ATTR_FLOAT:
      if (list) return listAttribute((l) => l.setFList(list as number[]))
      return attribute((a) => a.setF(value as number))
    case binding.TF_ATTR_BOOL:
      if (list) return listAttribute((l) => l.setBList(list as boolean[]))
      return attribute((a) => a.setB(Boolean(value)))
    default:
      throw new Error(`Attribute ${name} is of kind ${type}, which no kernel of tfjs-node has.`)
  }
}

/** Opens a session on a graph of these nodes. @returns its number; close it with `deleteSavedModel`. */
export function openGraph(binding: Binding, nodes: NodeDef[]): number {
  const { GraphDef, VersionDef, MetaGraphDef, SavedModel } = protobuf()
  const version = new VersionDef()
  version.setProducer(graphVersion)
  const graph = new GraphDef()
  graph.setNodeList(nodes)
  graph.setVersions(version)
  const info = new MetaGraphDef.MetaInfoDef()
  info.setTagsList(['serve'])
  const meta = new MetaGraphDef()
  meta.setMetaInfoDef(info)
  meta.setGraphDef(graph)
  const model = new SavedModel()
  model.setSavedModelSchemaVersion(1)
  model.setMetaGraphsList([meta])

  const folder = mkdtempSync(join(tmpdir(), 'grokscope-graph-'))
  try {
    writeFileSync(join(folder, 'saved_model.pb'), model.serializeBinary())
    return binding.loadSavedModel(folder, 'serve')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A scalar that is there once the nodes `after` have run; fetching it runs them. */
export function completion(name: string, after: string[]): NodeDef[] {
  const one = constantNode(`${name}/one`, [], types.float32, new Float32Array([1]))
  return [
    one,
    node(
      'NoOp',
      `${name}/all`,
      after.map((other) => `^${other}`)
    ),
    node('Identity', name, [one.getName(), `^${name}/all`], { T: typeAttribute(types.float32) })
  ]
}

function attribute(set: (value: AttrValue) => void): AttrValue {
  const value = new (protobuf().AttrValue)()
  set(value)
  return value
}

type List = Parameters<AttrValue['setList']>[0]

function listAttribute(set: (list: List) => void): AttrValue {
  const list = new (protobuf().AttrValue.ListValue)()
  set(list)
  return attribute((a) => a.setList(list))
}

function shapeProto(shape: readonly number[]): Parameters<AttrValue['setShape']>[0] {
  const { TensorShape } = protobuf()
  const proto = new TensorShape()
  proto.setDimList(
    shape.map((size) => {
      const dim = new TensorShape.Dim()
      dim.setSize(size)
      return dim
    })
  )
  return proto
}
