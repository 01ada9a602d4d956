/** Where a run comes from that was not trained here. */
import { z } from 'zod'

export const RunOrigin = z.object({
  /** What was read: a folder of weights, or TensorBoard's event files. */
  kind: z.enum(['transformers', 'tensorboard']),
  /** Absolute path of what was read. */
  source: z.string(),
  /** Unix time of the import, milliseconds. */
  at: z.number(),
  /** What was read otherwise than it stood there. */
  notes: z.array(z.string())
})
export type RunOrigin = z.infer<typeof RunOrigin>

/** "weights from /some/folder; wpe.weight: the first 5 of 1024 positions are used" */
export function describeOrigin({ kind, source, notes }: RunOrigin): string {
  const what = kind === 'transformers' ? 'weights' : 'TensorBoard curves'
  return [`${what} from ${source}`, ...notes].join('; ')
}
