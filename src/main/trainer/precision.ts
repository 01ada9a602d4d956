/** What a run's settings of precision and compiler mean for its recorded steps. */
import type { EngineConfig } from '@shared/engine-config'
import type { RecordingOptions } from './recording/index'

/** The products' type by precision. */
const products = { fp32: 'float32', 'amp-bf16': 'bfloat16', 'amp-fp16': 'float16' } as const

/** How a run's settings have its steps recorded. */
export function stepOptions({ precision, xla }: EngineConfig): RecordingOptions {
  return { products: products[precision], compile: xla === 'on' }
}
