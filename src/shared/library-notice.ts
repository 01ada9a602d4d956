/** What a user must know of the library itself: where it lies, what happened to it, what stands in its way. */
import { z } from 'zod'

export const LibraryNotice = z.object({
  /** Names the matter, e.g. `history.restored`: a later notice of the same name replaces it. */
  id: z.string(),
  level: z.enum(['problem', 'warning', 'note']),
  /** Unix time, milliseconds. */
  at: z.number(),
  /** What happened. */
  sentence: z.string(),
  /** What to do next; '' for nothing. */
  next: z.string()
})
export type LibraryNotice = z.infer<typeof LibraryNotice>
