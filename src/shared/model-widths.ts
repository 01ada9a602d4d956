/** Widths of a model that follow from its settings where those are left empty: for the models and for what they cost. */
import type { LlamaConfig, MambaConfig, Transformer1Config } from './config'

/** LLaMA: heads of keys and values. */
export const kvHeads = ({ nHead, nKvHead }: LlamaConfig): number => nKvHead ?? nHead

/** LLaMA: two thirds of 4C, so that three matrices weigh as much as the usual two, rounded up to a multiple of 256. */
export const gatedWidth = ({ dModel, dMlp }: LlamaConfig): number =>
  dMlp ?? 256 * Math.ceil(Math.floor((8 * dModel) / 3) / 256)

/** Mamba: numbers from which the step sizes of all inner channels are made. */
export const dtRank = (config: MambaConfig): number =>
  config.dtRank ?? Math.ceil(config.dModel / 16)

/** The transformer without LayerNorm: width of queries, keys and values per head. */
export const headWidth = ({ dModel, nHead, dHead }: Transformer1Config): number =>
  dHead ?? dModel / nHead

/** The others: hidden width of the MLP or channel mix. */
export const mlpWidth = ({ dModel, dMlp }: { dModel: number; dMlp: number | null }): number =>
  dMlp ?? 4 * dModel
