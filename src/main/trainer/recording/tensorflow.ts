/**
 * What recording uses of tfjs-node beneath tfjs: its binding to TensorFlow's C library, and its protobuf classes.
 * Numbers of types and attribute kinds are TensorFlow's own (tensorflow/c/tf_datatype.h, c_api.h).
 */
import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs'

/** A tensor that TensorFlow holds, as the binding describes it. */
export interface Handle {
  /** Never reused within a process. */
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

export type Values =
  Float32Array | Int32Array | Uint8Array | BigInt64Array | readonly unknown[] | string

/** One attribute of an operation, in the form tfjs-node's kernels write it. */
export interface OpAttribute {
  readonly name: string
  /** One of the binding's TF_ATTR_ numbers. */
  readonly type: number
  readonly value: unknown
}

export interface Binding {
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): Handle[]
  /** The memory of `values` is TensorFlow's until the tensor is deleted. */
  createTensor(shape: number[], dtype: number, values: Values): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): Values
  loadSavedModel(folder: string, tags: string): number
  deleteSavedModel(model: number): void
  /** `inputNames` and `outputNames`: `node:output` each, joined by commas. */
  runSavedModel(model: number, inputs: number[], inputNames: string, outputNames: string): Handle[]
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_SHAPE: number
}

/** tfjs-node's backend. Its kernels look `binding` up at every operation, so a stand-in may take its place. */
export interface Backend {
  binding: Binding
  /** Uploads what is still on the host. */
  getInputTensorIds(tensors: tf.Tensor[]): number[]
  createOutputTensor(handle: Handle): tf.Tensor
}

/** Data types as TensorFlow numbers them. */
export const types = {
  ...{ float32: 1, bfloat16: 14, float16: 19 },
  ...{ int32: 3, bool: 10, int64: 9, string: 7, resource: 20 }
} as const

/** Whether tfjs's current backend is TensorFlow itself, the only one whose steps can be recorded. */
export function canRecord(): boolean {
  return tf.getBackend() === 'tensorflow'
}

export function currentBackend(): Backend {
  if (!canRecord()) {
    throw new Error(`Only the native engine can record; tfjs runs on ${tf.getBackend()}.`)
  }
  return tf.backend() as unknown as Backend
}

/** Number of a tfjs data type. */
export function typeOf(tensor: tf.Tensor): number {
  const type = (types as Record<string, number | undefined>)[tensor.dtype]
  if (type === undefined) throw new Error(`A tensor of type ${tensor.dtype} cannot be resident.`)
  return type
}

/** Setters of one generated protobuf class; the classes are plain JavaScript without types. */
interface Message {
  serializeBinary(): Uint8Array
}
export interface NodeDef extends Message {
  setName(name: string): void
  setOp(op: string): void
  setInputList(inputs: string[]): void
  getName(): string
  getOp(): string
  getAttrMap(): { set(name: string, value: AttrValue): void }
}
export interface AttrValue extends Message {
  setType(type: number): void
  setI(value: number): void
  setF(value: number): void
  setB(value: boolean): void
  setS(bytes: Uint8Array): void
  setShape(shape: ShapeProto): void
  setTensor(tensor: TensorProto): void
  setList(list: ListValue): void
}
interface ListValue extends Message {
  setIList(values: number[]): void
  setFList(values: number[]): void
  setBList(values: boolean[]): void
}
interface ShapeProto extends Message {
  setDimList(dims: Message[]): void
}
interface TensorProto extends Message {
  setDtype(type: number): void
  setTensorShape(shape: ShapeProto): void
  setTensorContent(bytes: Uint8Array): void
}
interface GraphDef extends Message {
  setNodeList(nodes: NodeDef[]): void
  setVersions(version: Message): void
}

/** The classes of TensorFlow's graph format that tfjs-node brings along. */
export interface Protobuf {
  NodeDef: new () => NodeDef
  AttrValue: (new () => AttrValue) & { ListValue: new () => ListValue }
  Tensor: new () => TensorProto
  TensorShape: (new () => ShapeProto) & { Dim: new () => Message & { setSize(n: number): void } }
  GraphDef: new () => GraphDef
  VersionDef: new () => Message & { setProducer(version: number): void }
  MetaGraphDef: (new () => Message & {
    setMetaInfoDef(info: Message): void
    setGraphDef(graph: GraphDef): void
  }) & { MetaInfoDef: new () => Message & { setTagsList(tags: string[]): void } }
  SavedModel: new () => Message & {
    setSavedModelSchemaVersion(version: number): void
    setMetaGraphsList(graphs: Message[]): void
  }
}

const load = createRequire(__filename)

/** Loaded on first use: a process that never records does without. */
export function protobuf(): Protobuf {
  return load('@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js') as Protobuf
}
