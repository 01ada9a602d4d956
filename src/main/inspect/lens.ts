/**
 * The logit lens (nostalgebraist 2020; as read by Wang et al. 2024, section 4 and `causal_tracing_comparison.py`):
 * final norm and head applied to the residual stream after each layer. What counts is the 0-based rank of a token
 * among the whole vocabulary: the number of tokens with a larger logit.
 */
import * as tf from '@tensorflow/tfjs'
import { isStream, layerCount, runTapped, streamsOf, toTokens, type Subject } from './subject'
import type { Pace } from './pace'

export interface LensReading {
  /** Ranks [L+1, B, T, K]: after the embedding and each of L blocks, by row, position and target. */
  readonly ranks: Int32Array
  /** The likeliest token [L+1, B, T]. */
  readonly argmax: Int32Array
  /** Its probability [L+1, B, T]. */
  readonly probability: Float32Array
  readonly shape: readonly [layers: number, rows: number, positions: number, targets: number]
}

/** Logits in one call, at most: bounds the memory of a full vocabulary. */
const logitsAtOnce = 4_000_000

/**
 * Reads the lens at every layer and position.
 * @param prompts [B][T] token ids
 * @param targets [B][K] tokens whose ranks are wanted
 */
export async function readLens(
  subject: Subject,
  prompts: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  vocabSize: number,
  pace: Pace
): Promise<LensReading> {
  const [B, T, K] = [prompts.length, prompts[0]!.length, targets[0]!.length]
  const layers = layerCount(subject.config) + 1
  const ranks = new Int32Array(layers * B * T * K)
  const argmax = new Int32Array(layers * B * T)
  const probability = new Float32Array(layers * B * T)
  const chunk = Math.max(1, Math.min(B, Math.floor(logitsAtOnce / (T * vocabSize))))

  for (let start = 0; start < B; start += chunk) {
    await pace(start, B)
    const rows = prompts.slice(start, start + chunk)
    const wanted = targets.slice(start, start + chunk)
    const perLayer = tf.tidy(() => {
      const { seen } = runTapped(subject, toTokens(rows), isStream)
      return streamsOf(subject, seen).map((stream) => readLayer(subject, stream, wanted))
    })
    for (const [layer, { ranks: r, argmax: a, probability: p }] of perLayer.entries()) {
      const at = (layer * B + start) * T
      ranks.set(await r.data(), at * K)
      argmax.set(await a.data(), at)
      probability.set(await p.data(), at)
    }
    tf.dispose(perLayer.map((layer) => Object.values(layer)))
  }
  return { ranks, argmax, probability, shape: [layers, B, T, K] }
}

/** Ranks [b, T, K], argmax [b, T] and its probability [b, T] of one stream [b, T, C]. */
function readLayer(
  { model, config, weights }: Subject,
  stream: tf.Tensor,
  targets: readonly (readonly number[])[]
): { ranks: tf.Tensor; argmax: tf.Tensor; probability: tf.Tensor } {
  const logits = model.unembed(config, weights, stream) // [b, T, V]
  const [b, T, V] = logits.shape as [number, number, number]
  const K = targets[0]!.length
  const ranks = Array.from({ length: K }, (_, k) => {
    const ids = tf.tensor1d(
      targets.map((row) => row[k]!),
      'int32'
    )
    const isTarget = tf.oneHot(ids, V).cast('bool').reshape([b, 1, V]).tile([1, T, 1]) // [b, T, V]
    // One of the values is not zero: the sum is the target's logit, exactly.
    const gold = tf.where(isTarget, logits, tf.zerosLike(logits)).sum(-1, true) // [b, T, 1]
    return logits.greater(gold).cast('int32').sum(-1) // [b, T]
  })
  return {
    ranks: tf.stack(ranks, -1).cast('int32'), // [b, T, K]
    argmax: logits.argMax(-1), // [b, T]
    probability: tf.softmax(logits).max(-1) // [b, T]
  }
}

/** Mean of 1/(rank + 1) over the rows, [L+1, T, K]. */
export function meanReciprocalRank({ ranks, shape }: LensReading): Float64Array {
  const [layers, B, T, K] = shape
  const mean = new Float64Array(layers * T * K)
  for (let layer = 0; layer < layers; layer++) {
    for (let row = 0; row < B; row++) {
      for (let i = 0; i < T * K; i++) {
        mean[layer * T * K + i]! += 1 / (ranks[(layer * B + row) * T * K + i]! + 1) / B
      }
    }
  }
  return mean
}
