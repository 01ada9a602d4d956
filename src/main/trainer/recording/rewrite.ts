/**
 * Operations written down under another name with the same result, where TensorFlow is faster at that one. tfjs
 * has only the batched product and the broadcast sum; of a plain product and a bias, TensorFlow makes one kernel.
 */
import type { AttrValue } from './tensorflow'

export interface Operation {
  readonly op: string
  readonly attributes: Record<string, AttrValue>
}

/** An input: the operation that made it (undefined where that is not recorded) and its shape. */
export interface Input {
  readonly op: string | undefined
  readonly shape: readonly number[]
}

/** The operation to record for what an eager kernel ran. */
export function rewrite({ op, attributes }: Operation, inputs: readonly Input[]): Operation {
  const [a, b] = inputs
  if (op === 'BatchMatMulV2' && a!.shape.length === 2 && b!.shape.length === 2) {
    const { T, adj_x, adj_y } = attributes
    return {
      op: 'MatMul',
      attributes: {
        T: T!,
        ...(adj_x && { transpose_a: adj_x }),
        ...(adj_y && { transpose_b: adj_y })
      }
    }
  }
  const addsBias = op === 'Add' && a!.op === 'MatMul' && b!.shape.length === 1
  if (addsBias && a!.shape[1] === b!.shape[0]) return { op: 'BiasAdd', attributes }
  return { op, attributes }
}
