/** Modular addition in Fourier space (Nanda et al. 2023; measures in trainer/fourier.ts) as a job. */
import * as tf from '@tensorflow/tfjs'
import { UserError } from '@shared/errors'
import type { Finding, InspectQuery } from '@shared/inspect'
import { labelled, sevenDigits } from '@shared/inspect'
import { flatten } from '../models/params'
import {
  additionLoss,
  embeddingSpectrum,
  gini,
  keyFrequencies,
  progressMeasures,
  sumByAnswer,
  sumPower
} from '../trainer/fourier'
import { parameterGroup } from '../trainer/parameter-groups'
import { additionProbe, type AdditionProbe } from '../trainer/progress-measures'
import type { JobContext } from './jobs'

type Query = Extract<InspectQuery, { job: 'fourier' }>

/** Inputs in one call. */
const chunk = 1024

export async function fourier(_query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, checkpoint } = context
  const probe = additionProbe(config.dataset, dataset)
  if (!probe) {
    throw new UserError(
      'inspect.fourier',
      'Fourier measures are of x+y modulo an odd number; this run has other data.',
      'Choose a run of modular addition.'
    )
  }
  const { p, trainRows } = probe
  const classes = dataset.vocabulary.size
  const given = { p, classes, logits: await allLogits(probe, classes, context) }
  const power = sumPower(sumByAnswer(given), p)
  const key = keyFrequencies(power)
  const [, { values, shape }] = flatten(Object.fromEntries(checkpoint.arrays)).find(
    ([name]) => parameterGroup(name) === 'embedding'
  )!
  const spectrum = embeddingSpectrum(values, p, shape[1]!)
  const { restricted, excluded } = progressMeasures(given, key, trainRows)
  const frequencies = power.map((_, i) => i + 1)
  const total = power.reduce((a, b) => a + b, 0)
  return {
    probes: { count: p * p, positions: [], tokens: [] },
    values: {
      loss: sevenDigits(additionLoss(given)),
      trainLoss: sevenDigits(additionLoss(given, trainRows)),
      restrictedLoss: sevenDigits(restricted),
      excludedLoss: sevenDigits(excluded),
      keyFrequencies: key.length,
      giniLogits: sevenDigits(gini(power)),
      giniEmbedding: sevenDigits(gini(spectrum.power))
    },
    arrays: {
      logits: labelled({ frequency: frequencies }, power),
      embedding: labelled({ frequency: frequencies }, spectrum.power)
    },
    rows: key.map((frequency) => ({
      frequency,
      'share of the logits': sevenDigits(power[frequency - 1]! / total),
      'power in the embedding': sevenDigits(spectrum.power[frequency - 1]!)
    })),
    notes: [
      "Power of the logits in cos and sin of w(a + b) for each frequency k, w = 2πk/p, and of the embedding in cos and sin of wa. Key frequencies: the fewest that hold nine tenths of the logits' power.",
      'Restricted loss: cross-entropy on all pairs of the logits projected on the key frequencies. Excluded loss: on the training pairs without them.'
    ]
  }
}

/** Logits at the answer of all p² inputs, [p², V]. */
async function allLogits(
  { p, inputs }: AdditionProbe,
  V: number,
  { subject, dataset, pace }: JobContext
): Promise<Float32Array> {
  const { model, config, weights } = subject()
  const { contextLength: T, answers: K } = dataset
  const logits = new Float32Array(p * p * V)
  for (let start = 0; start < p * p; start += chunk) {
    await pace(start, p * p)
    const n = Math.min(chunk, p * p - start)
    const result = tf.tidy(() => {
      const rows = inputs.tokens.slice(start * T, (start + n) * T)
      const first = inputs.positions.filter((_, i) => i % K === 0).slice(start, start + n)
      const positions = tf.tensor2d(first, [n, 1], 'int32')
      return model.forward(config, weights, tf.tensor2d(rows, [n, T], 'int32'), { positions }) // [n, 1, V]
    })
    logits.set((await result.data()) as Float32Array, start * V)
    result.dispose()
  }
  return logits
}
