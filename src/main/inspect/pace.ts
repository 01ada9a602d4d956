/** How a job lets the world in: it tells how far it is, and hears whether it is still wanted. */

/**
 * To be awaited between pieces of work.
 * @throws {Cancelled} where nobody wants the answer any more
 */
export type Pace = (done: number, total: number) => Promise<void>

/** Not an error: the job was called off. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** A part of a job as the whole: its share of the work lies from `from` to `to`, in parts of one. */
export const within =
  (pace: Pace, from: number, to: number): Pace =>
  (done, total) =>
    pace(from + ((to - from) * done) / Math.max(1, total), 1)

/** For whoever waits for no one. */
export const unhurried: Pace = () => Promise.resolve()
