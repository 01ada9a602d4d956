/** Weights of a checkpoint: norms, histograms, spectra, and the update since another checkpoint. */
import type { Cell, Finding, InspectQuery } from '@shared/inspect'
import { labelled, sevenDigits } from '@shared/inspect'
import type { HostArray } from '../models/params'
import type { JobContext } from './jobs'
import {
  effectiveRank,
  histogram,
  matrixShape,
  momentsOf,
  singularValues,
  stableRank,
  updateOf
} from './spectra'

type Query = Extract<InspectQuery, { job: 'weights' }>

const bins = 61

export async function weights(
  _query: Query,
  { checkpoint, against, pace }: JobContext
): Promise<Finding> {
  const entries = [...checkpoint.arrays]
  const rows: Record<string, Cell>[] = []
  const counts: number[] = []
  const spectra: { name: string; values: number[] }[] = []
  for (const [i, [name, array]] of entries.entries()) {
    await pace(i, entries.length)
    const { values, shape } = array
    const moments = momentsOf(values)
    const reach = Math.max(Math.abs(moments.min), Math.abs(moments.max)) || 1
    counts.push(...histogram(values, [-reach, reach], bins))
    const matrix = matrixShape(shape)
    const singular = matrix && singularValues(values, matrix)
    if (singular) spectra.push({ name, values: singular })
    const before = against?.arrays.get(name)
    rows.push({
      parameter: name,
      shape: shape.join(' x '),
      norm: sevenDigits(moments.norm),
      mean: sevenDigits(moments.mean),
      std: sevenDigits(moments.std),
      min: sevenDigits(moments.min),
      max: sevenDigits(moments.max),
      'largest singular value': singular && sevenDigits(singular[0]!),
      'effective rank': singular && sevenDigits(effectiveRank(singular)),
      'stable rank': singular && sevenDigits(stableRank(singular)),
      ...(before && updateCells(before, array, matrix))
    })
  }
  const names = entries.map(([name]) => name)
  const longest = spectra.reduce((most, { values }) => Math.max(most, values.length), 0)
  const places = Array.from({ length: longest }, (_, i) => String(i + 1))
  // Histograms reach from minus to plus the largest absolute value of each parameter.
  const parts = Array.from({ length: bins }, (_, i) => ((2 * i + 1) / bins - 1).toFixed(3))
  return {
    probes: null,
    values: {
      parameters: entries.reduce((sum, [, { values }]) => sum + values.length, 0),
      norm: sevenDigits(Math.hypot(...rows.map((row) => Number(row['norm']))))
    },
    arrays: {
      histogram: labelled({ parameter: names, 'share of the largest': parts }, counts),
      ...(longest > 0 && {
        singular: labelled(
          { parameter: spectra.map(({ name }) => name), index: places },
          spectra.flatMap(({ values }) => places.map((_, i) => values[i] ?? NaN))
        )
      })
    },
    rows,
    notes: [
      'Effective rank: exp of the entropy of the singular values (Roy and Vetterli 2007). Stable rank: squared Frobenius norm over the squared largest singular value. Arrays of more than two dimensions count as one matrix, the first index by the rest.',
      ...(against
        ? [
            'Update: this checkpoint minus the other. Cosine: between the update and the weights before it; -1 is pure decay.'
          ]
        : [])
    ]
  }
}

function updateCells(
  before: HostArray,
  after: HostArray,
  matrix: readonly [number, number] | null
): Record<string, Cell> {
  const { norm, relative, cosine } = updateOf(before, after)
  const difference = after.values.map((x, i) => x - before.values[i]!)
  return {
    update: sevenDigits(norm),
    'relative update': sevenDigits(relative),
    'update cosine': sevenDigits(cosine),
    'update effective rank':
      matrix && sevenDigits(effectiveRank(singularValues(difference, matrix)))
  }
}
