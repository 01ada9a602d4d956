/**
 * What was once recorded of a claim, beside what its runs say now. A verdict is recorded with a hash of its evidence:
 * the runs that it rests on, and what they came to. Where the hash is another now, the record is stale.
 */
import { z } from 'zod'

export const verdicts = ['supported', 'contradicted', 'undecided'] as const

export const RecordedVerdict = z.object({
  /** Hash of what the claim compares: a claim that was changed has no record. */
  claim: z.string(),
  /** Hash of its runs' results. */
  evidence: z.string(),
  verdict: z.enum(verdicts),
  /** Null where nothing could be tested. */
  p: z.number().nullable(),
  /** Unix milliseconds. */
  at: z.number()
})
export type RecordedVerdict = z.infer<typeof RecordedVerdict>

export const ClaimStanding = z.object({
  /** Hash of the results that the claim rests on now. */
  evidence: z.string(),
  state: z.enum(['unrecorded', 'current', 'stale']),
  recorded: RecordedVerdict.nullable()
})
export type ClaimStanding = z.infer<typeof ClaimStanding>
