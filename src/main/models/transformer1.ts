/**
 * The transformer of Nanda et al. 2023 (arXiv 2301.05217) on modular addition: learned positions, causal
 * attention, a ReLU MLP with the only biases, an untied head, and no LayerNorm, so that every logit is a plain
 * sum of what the parts wrote. One layer there; more are possible. Names are those of the parity format
 * (test/fixtures/parity/README.md), since transformers has no such model.
 *
 * Letters: B rows, T positions, K answer positions, C = dModel, H = nHead, D = width of a head, M = MLP width,
 * V vocabulary. Matrices act from the right: a row x becomes x W.
 */
import * as tf from '@tensorflow/tfjs'
import type { Transformer1Config } from '@shared/config'
import { headWidth, mlpWidth } from '@shared/model-widths'
import type { Model, Sizes, Tap } from './model'
import { inBlock, noTap } from './model'
import { affine, causalBias, embedding, joinHeads, pick, picker, relu, splitHeads } from './layers'
import { constant, drawParameters, normal } from './params'
import type { Parameter } from './params'
import { readHf } from './hf'

export type Transformer1Weights<Leaf = tf.Tensor> = {
  /** [V, C] */
  readonly embed: { readonly W_E: Leaf }
  /** [longest sequence, C] */
  readonly pos_embed: { readonly W_pos: Leaf }
  readonly blocks: readonly Block<Leaf>[]
  /** [C, V] */
  readonly unembed: { readonly W_U: Leaf }
}

type Block<Leaf = tf.Tensor> = { readonly attn: Attention<Leaf>; readonly mlp: Mlp<Leaf> }
/** W_Q, W_K, W_V [H, C, D]; W_O [H, D, C]. */
type Attention<Leaf = tf.Tensor> = {
  readonly W_Q: Leaf
  readonly W_K: Leaf
  readonly W_V: Leaf
  readonly W_O: Leaf
}
/** W_in [C, M], W_out [M, C]. */
type Mlp<Leaf = tf.Tensor> = {
  readonly W_in: Leaf
  readonly b_in: Leaf
  readonly W_out: Leaf
  readonly b_out: Leaf
}

/** x W over the last axis: [.., in] -> [.., out], with W stored [in, out]. */
function product(x: tf.Tensor, W: tf.Tensor): tf.Tensor {
  const [fanIn, fanOut] = W.shape as [number, number]
  const rows = x.reshape([-1, fanIn]) // [N, in]
  return tf.matMul(rows, W).reshape([...x.shape.slice(0, -1), fanOut]) // [.., out]
}

/** x W_h for every head h: [B, T, C] -> [B, H, T, D], one product with the heads side by side. */
function perHead(x: tf.Tensor, W: tf.Tensor): tf.Tensor4D {
  const [H, C, D] = W.shape as [number, number, number]
  return splitHeads(product(x, W.transpose([1, 0, 2]).reshape([C, H * D])), H)
}

/**
 * sum over heads of softmax(q k^T / sqrt(D) + causal mask) v W_O. x [B, T, C] -> [B, T, C], or [B, K, C] with
 * `rows`: keys and values are computed for all T positions, queries only for the K picked ones.
 */
function attention(w: Attention, x: tf.Tensor, rows: tf.Tensor3D | undefined, tap: Tap): tf.Tensor {
  const T = x.shape[1]!
  const [H, D, C] = w.W_O.shape as [number, number, number]
  const q = perHead(pick(rows, x), w.W_Q) // [B, H, T|K, D]
  const k = perHead(x, w.W_K) // [B, H, T, D]
  const bias = pick(rows, causalBias(T)) // [T, T] or [B, K, T]
  const scores = tf
    .matMul(q, k, false, true) // [B, H, T|K, T]
    .mul(1 / Math.sqrt(D))
    .add(rows ? bias.expandDims(1) : bias)
  const pattern = tap('attn.hook_pattern', tf.softmax(scores)) // [B, H, T|K, T]
  const z = tf.matMul(pattern, perHead(x, w.W_V)) as tf.Tensor4D // [B, H, T|K, D]
  return product(joinHeads(z), w.W_O.reshape([H * D, C])) // [B, T|K, C]
}

/** relu(x W_in + b_in) W_out + b_out: [.., C] -> [.., M] -> [.., C] */
function mlp(w: Mlp, x: tf.Tensor, tap: Tap): tf.Tensor {
  const hidden = relu(affine({ weight: w.W_in, bias: w.b_in }, x)) // [.., M]
  return affine({ weight: w.W_out, bias: w.b_out }, tap('mlp.hook_post', hidden))
}

/** x += attention(x); x += mlp(x). [B, T, C] -> [B, T, C], or [B, K, C] with `rows`. */
function block(w: Block, x: tf.Tensor, rows: tf.Tensor3D | undefined, tap: Tap): tf.Tensor {
  x = tap('hook_resid_pre', x)
  x = pick(rows, x).add(tap('hook_attn_out', attention(w.attn, x, rows, tap))) // [B, T|K, C]
  x = tap('hook_resid_mid', x)
  x = x.add(tap('hook_mlp_out', mlp(w.mlp, x, tap)))
  return tap('hook_resid_post', x)
}

export const transformer1: Model<Transformer1Config, Transformer1Weights> = {
  /**
   * All matrices N(0, 1/C), the head N(0, 1/V), biases 0 (progress-measures-paper, transformers.py). Drawn token
   * embedding first, then positions, blocks from input to output, head last.
   */
  parameters(config, sizes): Transformer1Weights<Parameter> {
    const { nLayer, nHead: H, dModel: C } = config
    const [D, M, V] = [headWidth(config), mlpWidth(config), sizes.vocabSize]
    const matrix = (...shape: number[]): Parameter => normal(shape, 1 / Math.sqrt(C))
    return {
      embed: { W_E: matrix(V, C) },
      pos_embed: { W_pos: matrix(sizes.contextLength, C) },
      blocks: Array.from({ length: nLayer }, () => ({
        attn: {
          W_Q: matrix(H, C, D),
          W_K: matrix(H, C, D),
          W_V: matrix(H, C, D),
          W_O: matrix(H, D, C)
        },
        mlp: {
          W_in: matrix(C, M),
          b_in: constant([M], 0),
          W_out: matrix(M, C),
          b_out: constant([C], 0)
        }
      })),
      unembed: { W_U: normal([C, V], 1 / Math.sqrt(V)) }
    }
  },

  init(config, sizes, rng) {
    return drawParameters(transformer1.parameters(config, sizes), rng)
  },

  forward(config, weights, tokens, at, tap = noTap) {
    const { embed, pos_embed, blocks } = weights
    const [, T] = tokens.shape
    const rows = at && picker(at.positions, T) // [B, K, T]

    let x = embedding({ weight: embed.W_E }, tokens).add(pos_embed.W_pos.slice([0, 0], [T, -1])) // [B, T, C]
    blocks.forEach((w, i) => {
      // Later positions of the last block feed nothing but their own logits: only the answers' are computed.
      const wanted = i === blocks.length - 1 ? rows : undefined
      x = block(w, x, wanted, inBlock(tap, i)) // [B, T, C]; [B, K, C] after the last
    })
    return transformer1.unembed(config, weights, x) as tf.Tensor3D // [B, T|K, V]
  },

  unembed(_config, { unembed }, x) {
    return product(x, unembed.W_U)
  },

  /** transformers does not know this model: these are the keys of the parity format. */
  hfConfig(config, sizes) {
    return {
      model_type: 'transformer1',
      n_layers: config.nLayer,
      d_model: config.dModel,
      n_heads: config.nHead,
      d_head: headWidth(config),
      d_mlp: mlpWidth(config),
      n_ctx: sizes.contextLength,
      d_vocab: sizes.vocabSize,
      act_fn: 'relu',
      normalization: null,
      attn_bias: false,
      mlp_bias: true,
      unembed_bias: false,
      tie_word_embeddings: false,
      positional_embedding: 'learned',
      causal: true
    }
  },

  /** Widths come back as numbers, never as null. */
  fromHfConfig(json): { config: Transformer1Config; sizes: Sizes } {
    const hf = readHf('transformer1', json)
    hf.expect('act_fn', ['relu'])
    hf.expect('normalization', [null])
    hf.expect('attn_bias', [false])
    hf.expect('mlp_bias', [true])
    hf.expect('unembed_bias', [false])
    hf.expect('tie_word_embeddings', [false])
    hf.expect('positional_embedding', ['learned'])
    hf.expect('causal', [true])
    const [dModel, nHead] = [hf.size('d_model', 128), hf.size('n_heads', 4)]
    const dHead = hf.optionalSize('d_head') ?? dModel / nHead
    if (!Number.isInteger(dHead)) hf.refuse('d_model', `a multiple of n_heads (${nHead})`)
    return {
      config: {
        family: 'transformer1',
        nLayer: hf.size('n_layers', 1),
        dModel,
        nHead,
        dHead,
        dMlp: hf.size('d_mlp', 4 * dModel)
      },
      sizes: { vocabSize: hf.size('d_vocab', 114), contextLength: hf.size('n_ctx', 3) }
    }
  }
}
