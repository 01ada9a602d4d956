import { createRng } from '@shared/rng'

/**
 * Which examples step `step` (0-based) trains on. Each epoch is a fresh permutation drawn from the seed and the
 * epoch's number alone; the last batch of an epoch may be smaller (drop_last off, as the reference has it).
 * The position in the data is therefore the step itself: a resumed run needs nothing else to go on exactly.
 */
export interface Sampler {
  readonly stepsPerEpoch: number
  /** Indices into the training examples; valid until the next call. */
  batch(step: number): Int32Array
}

export function createSampler(count: number, batchSize: number, seed: number): Sampler {
  const stepsPerEpoch = Math.ceil(count / batchSize)
  let epoch = -1
  let order: Int32Array = new Int32Array(0)

  return {
    stepsPerEpoch,
    batch(step) {
      const wanted = Math.floor(step / stepsPerEpoch)
      if (wanted !== epoch) {
        epoch = wanted
        order = createRng(seed, `order/${epoch}`).permutation(count)
      }
      const start = (step % stepsPerEpoch) * batchSize
      return order.subarray(start, Math.min(start + batchSize, count))
    }
  }
}
