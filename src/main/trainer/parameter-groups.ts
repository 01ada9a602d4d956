/** Which part of a model a parameter belongs to, by its name under `transformers` (or TransformerLens). */

export const parameterGroups = ['embedding', 'attention', 'mlp', 'norm', 'head'] as const
export type ParameterGroup = (typeof parameterGroups)[number]

/**
 * The first rule that fits decides. `attention` is what mixes positions in every family: attention, time mix, mixer;
 * `mlp` is RWKV's channel mix too. A tied head is the embedding.
 */
const rules: readonly (readonly [ParameterGroup, RegExp])[] = [
  ['head', /^(lm_head|head|unembed)\./],
  ['embedding', /(^|\.)(wte|wpe|embed_tokens|embeddings|embed|pos_embed)\./],
  ['norm', /(^|\.)(ln_?\w*|pre_ln|norm|norm_f|\w+_layernorm)\.(weight|bias)$/],
  ['attention', /\.(attn|self_attn|attention|mixer)\./],
  ['mlp', /\.(mlp|feed_forward)\./]
]

/** The group of a parameter; undefined where no rule fits. */
export function parameterGroup(name: string): ParameterGroup | undefined {
  return rules.find(([, pattern]) => pattern.test(name))?.[0]
}
