/** Operations of TensorFlow that tfjs itself has no name for: the native engine runs them, and recording knows them. */
import * as tf from '@tensorflow/tfjs'

/** The part of tfjs-node's backend that runs any operation. */
interface TensorFlowBackend {
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; type: number; value: number }[],
    inputs: tf.Tensor[],
    outputCount: number
  ): tf.Tensor[]
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number; TF_INT32: number }
}

/**
 * Runs operation `name` with these type attributes.
 * @returns its outputs, or undefined on an engine that is not TensorFlow.
 */
export function tensorflowOp(
  name: string,
  types: Readonly<Record<string, 'float32' | 'int32'>>,
  inputs: tf.Tensor[],
  outputCount: number
): tf.Tensor[] | undefined {
  const backend = tf.backend() as unknown as Partial<TensorFlowBackend>
  if (!backend.executeMultipleOutputs || !backend.binding) return undefined
  const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding
  const attributes = Object.entries(types).map(([name, type]) => ({
    name,
    type: TF_ATTR_TYPE,
    value: type === 'float32' ? TF_FLOAT : TF_INT32
  }))
  return backend.executeMultipleOutputs(name, attributes, inputs, outputCount)
}
