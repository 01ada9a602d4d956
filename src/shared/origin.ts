/** Where a run comes from that was not trained here. */
import { z } from 'zod'

export const RunOrigin = z.object({
  /** What was read: a folder of weights, TensorBoard's event files, or a replication pack. */
  kind: z.enum(['transformers', 'tensorboard', 'pack']),
  /** Absolute path of what was read; of a pack, the name of its file. */
  source: z.string(),
  /** Unix time of the import, milliseconds. */
  at: z.number(),
  /** What was read otherwise than it stood there. */
  notes: z.array(z.string()),
  /** Of a run from a pack: the pack's fingerprint, and the run's id and the SHA-256 of its event lines in it. */
  pack: z.object({ fingerprint: z.string(), run: z.string(), events: z.string() }).optional()
})
export type RunOrigin = z.infer<typeof RunOrigin>

const kinds: Readonly<Record<RunOrigin['kind'], string>> = {
  transformers: 'weights',
  tensorboard: 'TensorBoard curves',
  pack: 'replication pack'
}

/** "weights from /some/folder; wpe.weight: the first 5 of 1024 positions are used" */
export function describeOrigin({ kind, source, notes }: RunOrigin): string {
  return [`${kinds[kind]} from ${source}`, ...notes].join('; ')
}
