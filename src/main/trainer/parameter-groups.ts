/** Which part of a model a parameter belongs to, by its name under `transformers` (or TransformerLens). */
import { modelParts, type ModelPart } from '@shared/model-cost'

export const parameterGroups = modelParts
export type ParameterGroup = ModelPart

/** The first rule that fits decides. */
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
