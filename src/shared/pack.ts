/** Replication packs as requests and command line speak of them; their inside is src/main/packs. */
import { z } from 'zod'

/**
 * Which checkpoints go into a pack. `events`: those at or next after each milestone, those that a watched metric kept,
 * and the last.
 */
export const PackCheckpoints = z.enum(['none', 'last', 'events', 'all'])
export type PackCheckpoints = z.infer<typeof PackCheckpoints>

/** The ending of a pack's file name. */
export const packEnding = '.grokpack'

/** What is in a pack that was just written. */
export const WrittenPack = z.object({
  /** A name for the file. */
  name: z.string(),
  bytes: z.number(),
  runs: z.int(),
  checkpoints: z.int(),
  /** SHA-256 of its manifest, hex: two packs of one fingerprint hold the same. */
  fingerprint: z.string(),
  /** What was left out, and why. */
  notes: z.array(z.string())
})
export type WrittenPack = z.infer<typeof WrittenPack>

/** What became of a pack that was opened. */
export const OpenedPack = z.object({
  title: z.string(),
  fingerprint: z.string(),
  /** Ids of the runs here: those that were added, and those that were there already. */
  added: z.array(z.string()),
  known: z.array(z.string()),
  /** Id of the study here, where the pack is of one. */
  study: z.string().nullable(),
  notes: z.array(z.string())
})
export type OpenedPack = z.infer<typeof OpenedPack>
