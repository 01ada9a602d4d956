/**
 * GPT-2 (Radford et al. 2019), trained from scratch as in Wang et al. 2024 (arXiv 2405.15071): pre-LayerNorm
 * blocks, learned absolute positions, GELU in tanh form, biases in every block, output head tied to the token
 * embedding. Equal to transformers' GPT2LMHeadModel. With `passes` above 1 the same blocks follow
 * each other that often (their appendix E.2): positions are added once, the final norm comes once, and blocks are
 * counted on, `blocks.{nLayer}` being the first one's second turn. Pretrained weights' tokenizer and key/value
 * caches are not here.
 *
 * Letters: B rows, T positions, K answer positions, C = dModel, H = nHead, D = C/H, M = MLP width, V vocabulary.
 */
import * as tf from '@tensorflow/tfjs'
import type { Gpt2Config } from '@shared/config'
import { mlpWidth } from '@shared/model-widths'
import type { Model, Sizes, Tap } from './model'
import { inBlock, noTap } from './model'
import {
  affine,
  causalBias,
  embedding,
  gelu,
  joinHeads,
  layerNorm,
  linear,
  outputs,
  pick,
  picker,
  splitHeads
} from './layers'
import type { Affine, Embedding, Norm } from './layers'
import { dropper } from './dropout'
import type { Drop } from './dropout'
import { constant, drawParameters, normal } from './params'
import type { Parameter } from './params'
import { readHf } from './hf'

/** Weights under the names of transformers; affine maps are stored [in, out], embeddings and head [V, C]. */
export type Gpt2Weights<Leaf = tf.Tensor> = {
  readonly transformer: {
    readonly wte: Embedding<Leaf>
    readonly wpe: Embedding<Leaf>
    readonly h: readonly Block<Leaf>[]
    readonly ln_f: Norm<Leaf>
  }
  /** Absent when the head is tied to `wte`. */
  readonly lm_head?: Embedding<Leaf>
}

type Block<Leaf = tf.Tensor> = {
  readonly ln_1: Norm<Leaf>
  readonly attn: Attention<Leaf>
  readonly ln_2: Norm<Leaf>
  readonly mlp: Mlp<Leaf>
}
type Attention<Leaf = tf.Tensor> = {
  /** Queries, keys and values side by side: [C, 3C]. */
  readonly c_attn: Affine<Leaf>
  readonly c_proj: Affine<Leaf>
}
type Mlp<Leaf = tf.Tensor> = { readonly c_fc: Affine<Leaf>; readonly c_proj: Affine<Leaf> }

/**
 * softmax(q k^T / sqrt(D) + causal mask) v, heads side by side, then projected.
 * x [B, T, C] -> [B, T, C], or [B, K, C] with `rows`: keys and values are computed for all T positions, queries
 * and everything after them only for the K picked ones.
 */
function attention(
  w: Attention,
  x: tf.Tensor,
  nHead: number,
  rows: tf.Tensor3D | undefined,
  tap: Tap,
  drop: (x: tf.Tensor) => tf.Tensor
): tf.Tensor {
  const [, T, C] = x.shape as [number, number, number]
  const [q, k, v] = rows
    ? [
        affine(outputs(w.c_attn, 0, C), pick(rows, x)), // [B, K, C]
        ...tf.split(affine(outputs(w.c_attn, C, 2 * C), x), 2, -1) // 2 x [B, T, C]
      ]
    : tf.split(affine(w.c_attn, x), 3, -1) // 3 x [B, T, C]

  const bias = pick(rows, causalBias(T)) // [T, T] or [B, K, T]
  const scores = tf
    .matMul(splitHeads(q!, nHead), splitHeads(k!, nHead), false, true) // [B, H, T|K, T]
    .mul(1 / Math.sqrt(C / nHead))
    .add(rows ? bias.expandDims(1) : bias)
  const pattern = tap('attn.hook_pattern', tf.softmax(scores)) // [B, H, T|K, T]
  const z = tf.matMul(drop(pattern), splitHeads(v!, nHead)) as tf.Tensor4D // [B, H, T|K, D]
  return affine(w.c_proj, joinHeads(z)) // [B, T|K, C]
}

/** W_proj gelu(W_fc x + b_fc) + b_proj: [.., C] -> [.., M] -> [.., C] */
function mlp(w: Mlp, x: tf.Tensor, tap: Tap): tf.Tensor {
  return affine(w.c_proj, tap('mlp.hook_post', gelu(affine(w.c_fc, x))))
}

/**
 * x += attention(norm(x)); x += mlp(norm(x)), with dropout on the attention weights (place 1), and on what attention
 * (2) and MLP (3) add. [B, T, C] -> [B, T, C], or [B, K, C] with `rows`.
 */
function block(
  w: Block,
  config: Gpt2Config,
  x: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap,
  drop: Drop
): tf.Tensor {
  const { nHead, layerNormEps } = config
  x = tap('hook_resid_pre', x)
  const h1 = layerNorm(w.ln_1, x, layerNormEps)
  const a = drop(
    2,
    attention(w.attn, h1, nHead, rows, tap, (pattern) => drop(1, pattern))
  )
  x = pick(rows, x).add(tap('hook_attn_out', a)) // [B, T|K, C]
  x = tap('hook_resid_mid', x)
  const m = drop(3, mlp(w.mlp, layerNorm(w.ln_2, x, layerNormEps), tap))
  x = x.add(tap('hook_mlp_out', m))
  return tap('hook_resid_post', x)
}

export const gpt2: Model<Gpt2Config, Gpt2Weights> = {
  /**
   * Linear and embedding weights N(0, std²), the two projections back into the residual stream of each block
   * N(0, (std / sqrt(2 nLayer))²), biases 0, norms 1 and 0 (transformers' GPT2PreTrainedModel._init_weights).
   * Drawn token embedding first, then positions, blocks from input to output, head last where it is its own.
   */
  parameters(config, sizes): Gpt2Weights<Parameter> {
    const { nLayer, dModel: C, initStd: std } = config
    const M = mlpWidth(config)
    const residualStd = std / Math.sqrt(2 * nLayer)
    const norm = (): Norm<Parameter> => ({ weight: constant([C], 1), bias: constant([C], 0) })
    const map = (fanIn: number, fanOut: number, std: number): Affine<Parameter> => ({
      weight: normal([fanIn, fanOut], std),
      bias: constant([fanOut], 0)
    })
    return {
      transformer: {
        wte: { weight: normal([sizes.vocabSize, C], std) },
        wpe: { weight: normal([sizes.contextLength, C], std) },
        h: Array.from({ length: nLayer }, () => ({
          ln_1: norm(),
          attn: { c_attn: map(C, 3 * C, std), c_proj: map(C, C, residualStd) },
          ln_2: norm(),
          mlp: { c_fc: map(C, M, std), c_proj: map(M, C, residualStd) }
        })),
        ln_f: norm()
      },
      ...(!config.tieHead && { lm_head: { weight: normal([sizes.vocabSize, C], std) } })
    }
  },

  init(config, sizes, rng) {
    return drawParameters(gpt2.parameters(config, sizes), rng)
  },

  forward(config, weights, tokens, at, tap = noTap, noise) {
    const { wte, wpe, h } = weights.transformer
    const [, T] = tokens.shape
    const rows = at && picker(at.positions, T) // [B, K, T]

    const drop = dropper(config.dropout, noise)
    let x = embedding(wte, tokens).add(wpe.weight.slice([0, 0], [T, -1])) // [B, T, C]
    x = drop(0, x)
    const turns = Array.from({ length: config.passes }, () => h).flat()
    turns.forEach((w, i) => {
      // Later positions of the last block feed nothing but their own logits: only the answers' are computed.
      const wanted = i === turns.length - 1 ? rows : undefined
      const inTurn: Drop = (place, x) => drop(3 * i + place, x)
      x = block(w, config, x, wanted, inBlock(tap, i), inTurn) // [B, T, C]; [B, K, C] after the last
    })
    return gpt2.unembed(config, weights, x, tap) as tf.Tensor3D // [B, T|K, V]
  },

  unembed(config, { transformer: { wte, ln_f }, lm_head }, x, tap = noTap) {
    const h = tap('ln_final.hook_normalized', layerNorm(ln_f, x, config.layerNormEps))
    return linear(lm_head ?? wte, h)
  },

  hfConfig(config, sizes) {
    return {
      // transformers would read a recurrent model as a plain one: another name makes it refuse instead.
      ...(config.passes === 1
        ? { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2' }
        : { model_type: 'gpt2-recurrent', passes: config.passes }),
      vocab_size: sizes.vocabSize,
      n_positions: sizes.contextLength,
      n_embd: config.dModel,
      n_layer: config.nLayer,
      n_head: config.nHead,
      n_inner: config.dMlp,
      activation_function: 'gelu_new',
      layer_norm_epsilon: config.layerNormEps,
      initializer_range: config.initStd,
      tie_word_embeddings: config.tieHead,
      // As trained; transformers would default to 0.1. Evaluation has none.
      resid_pdrop: config.dropout,
      embd_pdrop: config.dropout,
      attn_pdrop: config.dropout,
      // transformers' defaults are tokens of its own tokenizer, outside a compact vocabulary.
      bos_token_id: null,
      eos_token_id: null,
      dtype: 'float32',
      torch_dtype: 'float32'
    }
  },

  /** Of the three probabilities of dropout, that of the residual branches stands for all. */
  fromHfConfig(json): { config: Gpt2Config; sizes: Sizes } {
    const hf = readHf('gpt2', json)
    hf.expect('activation_function', ['gelu_new', 'gelu_pytorch_tanh'])
    hf.expect('scale_attn_weights', [true])
    hf.expect('scale_attn_by_inverse_layer_idx', [false])
    hf.expect('add_cross_attention', [false])
    const dModel = hf.size('n_embd', 768)
    const nHead = hf.size('n_head', 12)
    if (dModel % nHead !== 0) hf.refuse('n_embd', `a multiple of n_head (${nHead})`)
    return {
      config: {
        family: 'gpt2',
        nLayer: hf.size('n_layer', 12),
        dModel,
        nHead,
        passes: hf.size('passes', 1),
        dMlp: hf.optionalSize('n_inner'),
        dropout: hf.share('resid_pdrop', 0.1),
        initStd: hf.positive('initializer_range', 0.02),
        tieHead: hf.flag('tie_word_embeddings', true),
        layerNormEps: hf.positive('layer_norm_epsilon', 1e-5)
      },
      sizes: {
        vocabSize: hf.size('vocab_size', 50257),
        contextLength: hf.size('n_positions', 1024)
      }
    }
  }
}
