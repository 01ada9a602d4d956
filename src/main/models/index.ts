/** All families. A further one is its file, its member of ModelConfig and one line here. */
import type { ModelConfig } from '@shared/config'
import { gpt2 } from './gpt2'
import { llama } from './llama'
import { mamba } from './mamba'
import type { Model } from './model'
import { rwkv } from './rwkv'
import { transformer1 } from './transformer1'

export type Family = ModelConfig['family']

export const models: Record<Family, Model<ModelConfig>> = { gpt2, llama, rwkv, mamba, transformer1 }

/** The family a configuration belongs to. */
export function modelOf(config: ModelConfig): Model<ModelConfig> {
  return models[config.family]
}

export type { At, Model, Sizes, Tap } from './model'
