/** What every family offers. One family is one file; a literal record in index.ts lists them. */
import type * as tf from '@tensorflow/tfjs'
import type { Rng } from '@shared/rng'
import type { Noise } from './dropout'
import type { HostArray, Parameter, Tree, Weights } from './params'

/** Sizes that follow from the data set rather than from the model's configuration. */
export interface Sizes {
  /** V */
  readonly vocabSize: number
  /** Longest sequence, in tokens; learned positions have this many rows. */
  readonly contextLength: number
}

/**
 * The one hook: the forward pass shows it every named activation and goes on with what it returns, so the same
 * hook reads attention maps and patches activations. Names are those of TransformerLens, in every family the same
 * for the same thing: within `blocks.{i}.`, `hook_resid_pre`, `hook_attn_out` (time mix and mixer too),
 * `hook_resid_mid`, `hook_mlp_out`, `hook_resid_post`, `attn.hook_pattern`, and for recurrent families the state
 * after position t, `att.hook_wkv_state.{t}` and `mixer.hook_ssm_state.{t}`, and what their effective attention is
 * made of (`att.hook_k`; `mixer.hook_delta`, `hook_B`, `hook_C`). A file's forward shows its full list.
 */
export type Tap = (name: string, value: tf.Tensor) => tf.Tensor

/** Training: nobody looks. */
export const noTap: Tap = (_name, value) => value

/** The tap for the inside of block i. Where nobody looks it stays `noTap`, and a family may take a shorter way. */
export function inBlock(tap: Tap, i: number): Tap {
  return tap === noTap ? noTap : (name, value) => tap(`blocks.${i}.${name}`, value)
}

/**
 * Positions of each row at which logits are wanted, [B, K] int32, 0-based. K is the same for all rows; a row with
 * fewer targets repeats a position and gives it weight 0 in the loss.
 */
export interface At {
  readonly positions: tf.Tensor2D
}

/**
 * A family of language models as functions over data; nothing is kept between calls.
 * `Config` is the family's member of ModelConfig, `W` its tree of weights under the names of `transformers`.
 */
export interface Model<Config, W extends Weights = Weights> {
  /** Shapes and initial distributions of all parameters, in the order they are drawn. */
  parameters(config: Config, sizes: Sizes): Tree<Parameter>

  /** Initial weights on the host, equal on every machine for equal `rng`. */
  init(config: Config, sizes: Sizes, rng: Rng): Tree<HostArray>

  /**
   * Next-token logits for `tokens` [B, T] int32: [B, T, V], or [B, K, V] for the positions `at`, which are the
   * very same numbers for less work. Whatever changes from call to call is a tensor, so that the operations
   * can be recorded once and replayed. With `noise`, where the configuration drops out, this is training.
   */
  forward(
    config: Config,
    weights: W,
    tokens: tf.Tensor2D,
    at?: At,
    tap?: Tap,
    noise?: Noise
  ): tf.Tensor3D

  /**
   * The logits [N, V] themselves, with what the family's training adds to their gradient beside the loss's own;
   * `share` [N] is each row's part of the mean loss. Families that add nothing have none.
   */
  trainedLogits?(config: Config, logits: tf.Tensor2D, share: tf.Tensor1D): tf.Tensor2D

  /**
   * The end of `forward`: final norm and head, from a residual stream [.., C] to logits [.., V]. Of the stream after
   * an earlier block they are what the logit lens reads (nostalgebraist 2020).
   */
  unembed(config: Config, weights: W, x: tf.Tensor, tap?: Tap): tf.Tensor

  /** The `config.json` with which `transformers` opens these weights. */
  hfConfig(config: Config, sizes: Sizes): Record<string, unknown>

  /**
   * The reverse of `hfConfig`, with `transformers`' defaults for keys left out.
   * @throws {UserError} `hf.unsupported` for an option this family does not have, naming key and value.
   */
  fromHfConfig(json: Record<string, unknown>): { config: Config; sizes: Sizes }
}
