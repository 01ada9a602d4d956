import * as tf from '@tensorflow/tfjs'
import type { Dataset } from '../datasets/dataset'
import type { Batch } from './step'

/** Gathers rows of the training set into tensors. The caller disposes each batch. */
export interface Batcher {
  /** `rows` [B] are indices of training examples; gives tokens [B, T] and K targets a row, all of weight 1. */
  take(rows: Int32Array): Batch
}

export function createBatcher(dataset: Dataset): Batcher {
  const { contextLength: T, answers: K, train } = dataset
  return {
    take(rows) {
      const B = rows.length
      const gather = (values: Int32Array, width: number): tf.Tensor2D => {
        const gathered = new Int32Array(B * width)
        for (let i = 0; i < B; i++) {
          const from = rows[i]! * width
          for (let j = 0; j < width; j++) gathered[i * width + j] = values[from + j]!
        }
        return tf.tensor2d(gathered, [B, width], 'int32')
      }
      return {
        tokens: gather(train.tokens, T), // [B, T]
        positions: gather(train.positions, K), // [B, K]
        labels: gather(train.labels, K), // [B, K]
        weights: tf.ones([B, K]) // [B, K]
      }
    }
  }
}
