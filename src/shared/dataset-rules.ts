/** Rules that span the settings of a kind of data; every field is within its own limits already. */
import {
  comparisonCounts,
  maxEntities,
  maxPairs,
  maxPhi,
  maxTrainInferred
} from './comparison-counts'
import { compositionCounts, maxTwoHops } from './composition-counts'
import type {
  CompositionConfig,
  DatasetConfig,
  FactsConfig,
  InContextConfig,
  ModularConfig
} from './dataset-config'
import type { Refuse } from './model-config'
import { isPrime, modularCounts, operationOf } from './modular-operations'

export function checkDataset(dataset: DatasetConfig, refuse: Refuse): void {
  switch (dataset.kind) {
    case 'comparison':
      return checkComparison(dataset, refuse)
    case 'in-context':
      return checkInContext(dataset, refuse)
    case 'composition':
      return checkComposition(dataset, refuse)
    case 'modular':
      return checkModular(dataset, refuse)
    case 'facts':
      return checkFacts(dataset, refuse)
    default:
      dataset satisfies never
  }
}

const shown = (n: number): string => n.toLocaleString('en')

type Comparisons = Parameters<typeof comparisonCounts>[0]

function checkComparison(dataset: Comparisons, refuse: Refuse): void {
  const { entities, attributes, phi } = dataset
  const counts = comparisonCounts(dataset)
  const pairs = attributes * entities * (entities - 1)
  if (pairs > maxPairs) {
    refuse(
      ['dataset', 'entities'],
      `${entities} makes ${shown(pairs)} ordered pairs over ${attributes} attributes; the limit is ${shown(maxPairs)}`,
      maxEntities(attributes)
    )
    return
  }
  if (counts.idEntities < 2 || counts.oodEntities < 2) {
    refuse(
      ['dataset', 'idShare'],
      `${dataset.idShare} leaves ${counts.idEntities} ID and ${counts.oodEntities} OOD entities of ${entities}; comparisons need 2 of each`,
      counts.idEntities < 2 ? 2 / entities : 1 - 2 / entities
    )
    return
  }
  const needs = `${phi} needs ${shown(counts.trainInferred)} training comparisons`
  const supplied = maxPhi(dataset)
  const storable = Math.floor((10 * maxTrainInferred) / counts.idAtomic) / 10
  const limit = supplied === undefined ? undefined : Math.min(supplied, storable)
  if (counts.trainInferred < 1) {
    refuse(['dataset', 'phi'], `${phi} leaves no training comparison`, 1 / counts.idAtomic)
  } else if (
    supplied === undefined ||
    (phi > supplied && counts.trainInferred > counts.trainPool)
  ) {
    const pool = `${entities} entities supply about ${shown(counts.trainPool)}`
    refuse(['dataset', 'phi'], `${needs}, but ${pool}`, limit)
  } else if (counts.trainInferred > maxTrainInferred) {
    refuse(['dataset', 'phi'], `${needs}; the limit is ${shown(maxTrainInferred)}`, limit)
  }
}

function checkInContext(dataset: InContextConfig, refuse: Refuse): void {
  checkComparison(dataset, refuse)
  if (!dataset.atomicFacts && dataset.contextShare < 1) {
    refuse(
      ['dataset', 'contextShare'],
      `${dataset.contextShare} asks for comparisons out of weights, but without dataset.atomicFacts nothing is stored there`,
      1
    )
  }
}

function checkComposition(dataset: CompositionConfig, refuse: Refuse): void {
  const { entities, relations, degree, oodShare, phi } = dataset
  if (degree > relations) {
    refuse(
      ['dataset', 'degree'],
      `${degree} is more than there are relations (${relations})`,
      relations
    )
    return
  }
  const counts = compositionCounts(dataset)
  if (counts.twoHops > maxTwoHops) {
    refuse(
      ['dataset', 'degree'],
      `${degree} makes ${shown(counts.twoHops)} two-hop facts of ${entities} entities; the limit is ${shown(maxTwoHops)}`,
      Math.floor(Math.sqrt(maxTwoHops / entities))
    )
    return
  }
  if (counts.oodAtomic < 1 || counts.idAtomic < 1) {
    const what = counts.oodAtomic < 1 ? 'no OOD' : 'no ID'
    refuse(
      ['dataset', 'oodShare'],
      `${oodShare} leaves ${what} fact of ${shown(counts.atomic)}`,
      counts.oodAtomic < 1 ? 1 / counts.atomic : 1 - 1 / counts.atomic
    )
    return
  }
  if (counts.trainInferred < 1) {
    refuse(['dataset', 'phi'], `${phi} leaves no two-hop fact in training`, 1 / counts.idAtomic)
  } else if (counts.trainInferred > counts.twoHops) {
    // How many are ID is drawn: the generator refuses what a seed cannot supply.
    refuse(
      ['dataset', 'phi'],
      `${phi} needs ${shown(counts.trainInferred)} two-hop facts, but there are ${shown(counts.twoHops)}`,
      Math.floor((10 * counts.trainPool) / counts.idAtomic) / 10 || undefined
    )
  } else if (counts.trainInferred > maxTrainInferred) {
    refuse(
      ['dataset', 'phi'],
      `${phi} needs ${shown(counts.trainInferred)} two-hop facts in training; the limit is ${shown(maxTrainInferred)}`,
      Math.floor((10 * maxTrainInferred) / counts.idAtomic) / 10
    )
  }
}

function checkModular(dataset: ModularConfig, refuse: Refuse): void {
  const { operation, modulus, trainFraction } = dataset
  if (operationOf(operation).prime && !isPrime(modulus)) {
    refuse(
      ['dataset', 'modulus'],
      `${modulus} is not prime, and ${operation} divides by every number but 0`,
      nearestPrime(modulus)
    )
    return
  }
  const { equations, train, test } = modularCounts(dataset)
  if (train < 1 || test < 1) {
    refuse(
      ['dataset', 'trainFraction'],
      `${trainFraction} leaves ${train} of ${shown(equations)} equations for training and ${test} for the test`,
      train < 1 ? 1 / equations : 1 - 1 / equations
    )
  }
}

/** The prime at the smallest distance among 2..997, the lower of two. */
function nearestPrime(n: number): number {
  for (let distance = 0; ; distance++) {
    const found = [n - distance, n + distance].find((p) => p <= 1000 && isPrime(p))
    if (found !== undefined) return found
  }
}

/** Separates the listed values of `levels`. */
export const listLevels = (levels: string): string[] =>
  levels
    .split('<')
    .map((level) => level.trim())
    .filter((level) => level !== '')

function checkFacts({ path, order, levels, bins }: FactsConfig, refuse: Refuse): void {
  if (path.trim() === '') {
    refuse(['dataset', 'path'], 'names no file; choose a CSV or Parquet file')
  }
  if (order === 'numeric') return
  const listed = listLevels(levels)
  const twice = listed.find((level, i) => listed.indexOf(level) < i)
  if (listed.length < 2) {
    refuse(['dataset', 'levels'], `lists ${listed.length} values; an order needs at least 2`)
  } else if (listed.length > 1000) {
    refuse(['dataset', 'levels'], `lists ${listed.length} values; the limit is 1000`)
  } else if (twice !== undefined) {
    refuse(['dataset', 'levels'], `lists "${twice}" twice`)
  }
  if (bins !== null) {
    refuse(['dataset', 'bins'], `${bins} bins need numbers, but the order of values is listed`)
  }
}
