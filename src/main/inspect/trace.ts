/**
 * Causal tracing by interchange (Vig et al. 2020; Wang et al. 2024, section 4 and `causal_tracing_comparison.py`):
 * a normal prompt and a minimally changed one are run; then the residual stream of the changed run replaces the
 * normal one's after block i at some positions, and blocks i+1 to L, final norm and head are run on. No noise is
 * added anywhere: every patched state is one that the model itself makes.
 */
import * as tf from '@tensorflow/tfjs'
import type { Tap } from '../models/index'
import type { Pace } from './pace'
import { isStream, runTapped, streamsOf, toTokens, type Subject } from './subject'

/** After `layer` blocks (0: the embedding), at these positions. */
export interface Patch {
  readonly layer: number
  readonly positions: readonly number[]
}

export interface Pair {
  readonly normal: readonly number[]
  readonly changed: readonly number[]
}

export interface Traced {
  /** Likeliest token at the last position, [B] each. */
  readonly normal: Int32Array
  readonly changed: Int32Array
  /** Of each patch: the likeliest token [B], and the rank of the normal run's likeliest [B]. */
  readonly patched: readonly { readonly argmax: Int32Array; readonly rank: Int32Array }[]
}

/** Rows in one call. */
const chunk = 512

/** Runs all pairs normally, changed, and with each patch. */
export async function trace(
  subject: Subject,
  pairs: readonly Pair[],
  patches: readonly Patch[],
  pace: Pace
): Promise<Traced> {
  const B = pairs.length
  const found = {
    normal: new Int32Array(B),
    changed: new Int32Array(B),
    patched: patches.map(() => ({ argmax: new Int32Array(B), rank: new Int32Array(B) }))
  }
  const total = Math.ceil(B / chunk) * patches.length
  for (let start = 0; start < B; start += chunk) {
    const some = pairs.slice(start, start + chunk)
    const runs = interchange(subject, some)
    try {
      const normal = await likeliest(runs.normal)
      found.normal.set(normal, start)
      found.changed.set(await likeliest(runs.changed), start)
      for (const [n, patch] of patches.entries()) {
        await pace((start / chunk) * patches.length + n, total)
        const { argmax, rank } = tf.tidy(() => {
          const logits = runs.patched(patch) // [b, V]
          return { argmax: logits.argMax(-1), rank: rankOf(logits, normal) }
        })
        found.patched[n]!.argmax.set((await argmax.data()) as Int32Array, start)
        found.patched[n]!.rank.set((await rank.data()) as Int32Array, start)
        tf.dispose([argmax, rank])
      }
    } finally {
      runs.dispose()
    }
  }
  return found
}

/** The token of the largest logit in each row. */
async function likeliest(logits: tf.Tensor2D): Promise<Int32Array> {
  const argmax = logits.argMax(-1)
  const tokens = (await argmax.data()) as Int32Array
  argmax.dispose()
  return tokens
}

/** How many tokens have a larger logit than the one named in each row: [b, V] -> [b] int32. */
function rankOf(logits: tf.Tensor2D, tokens: ArrayLike<number>): tf.Tensor {
  const ids = tf.tensor1d(Array.from(tokens), 'int32')
  const isIt = tf.oneHot(ids, logits.shape[1]).cast('bool') // [b, V]
  const gold = tf.where(isIt, logits, tf.zerosLike(logits)).sum(-1, true) // [b, 1]
  return logits.greater(gold).cast('int32').sum(-1).cast('int32')
}

export interface Interchange {
  /** Logits of the last position, [b, V]. */
  readonly normal: tf.Tensor2D
  readonly changed: tf.Tensor2D
  /** The same of the normal run with the changed run's states in it. The caller disposes it. */
  patched(patch: Patch): tf.Tensor2D
  dispose(): void
}

/** Runs pairs of prompts and holds the changed run's streams, for any number of patches. */
export function interchange(subject: Subject, pairs: readonly Pair[]): Interchange {
  const { model, config, weights } = subject
  const [b, T] = [pairs.length, pairs[0]!.normal.length]
  const held = tf.tidy(() => {
    const last = lastPosition(b, T)
    const tokens = toTokens(pairs.map(({ normal }) => normal)) // [b, T]
    const normal = model.forward(config, weights, tokens, last).reshape([b, -1]) // [b, V]
    const changedRun = runTapped(subject, toTokens(pairs.map(({ changed }) => changed)), isStream)
    const changed = changedRun.logits.slice([0, T - 1, 0], [b, 1, -1]).reshape([b, -1]) // [b, V]
    return { tokens, last, normal, changed, streams: streamsOf(subject, changedRun.seen) }
  })
  return {
    normal: held.normal as tf.Tensor2D,
    changed: held.changed as tf.Tensor2D,
    patched({ layer, positions }) {
      return tf.tidy(() => {
        const isPatched = tf.tensor1d(
          Array.from({ length: T }, (_, t) => Number(positions.includes(t))),
          'bool'
        )
        const mask = isPatched.reshape([1, T, 1]) // broadcast over rows and channels
        const hook = layer === 0 ? 'blocks.0.hook_resid_pre' : `blocks.${layer - 1}.hook_resid_post`
        const tap: Tap = (name, value) =>
          name === hook
            ? tf.where(mask.tile([b, 1, value.shape[2]!]), held.streams[layer]!, value)
            : value
        // The last block must compute all positions where its own output is patched.
        const logits = model.forward(config, weights, held.tokens, undefined, tap) // [b, T, V]
        return logits.slice([0, T - 1, 0], [b, 1, -1]).reshape([b, -1]) as tf.Tensor2D // [b, V]
      })
    },
    dispose: () => tf.dispose(held)
  }
}

function lastPosition(b: number, T: number): { positions: tf.Tensor2D } {
  return { positions: tf.fill([b, 1], T - 1, 'int32') as tf.Tensor2D }
}
