/** Token embeddings on their first principal components, what each token means, and its nearest neighbours. */
import type { Cell, Finding, InspectQuery, TokenGroup } from '@shared/inspect'
import { labelled, sevenDigits } from '@shared/inspect'
import { UserError } from '@shared/errors'
import type { DatasetConfig } from '@shared/config'
import type { Dataset } from '../datasets/dataset'
import { modularRows } from '../datasets/modular'
import { flatten } from '../models/params'
import { parameterGroup } from '../trainer/parameter-groups'
import { comparisonFacts } from './comparison-knowledge'
import type { JobContext } from './jobs'
import { principalComponents } from './spectra'

type Query = Extract<InspectQuery, { job: 'embeddings' }>

const components = 3

export async function embeddings(query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, pace } = context
  const tokens = groupTokens(query.tokens, config.dataset, dataset)
  const { rows, note } = vectors(query, context, tokens)
  await pace(0, 2)
  const k = Math.min(components, rows.length, rows[0]!.length)
  const { coordinates, explained } = principalComponents(rows, k)
  await pace(1, 2)
  const meanings = meaningOf(query, config.dataset, dataset)
  const near = neighbours(rows, query.neighbours)
  const name = (token: number): string => dataset.vocabulary.tokens[token]!
  const names = tokens.map(name)
  const places = Array.from({ length: k }, (_, i) => `PC ${i + 1}`)
  return {
    probes: null,
    values: Object.fromEntries(
      places.map((place, i) => [`variance/${place}`, sevenDigits(explained[i]!)])
    ),
    arrays: {
      coordinates: labelled({ token: names, component: places }, coordinates),
      meaning: labelled(
        { token: names },
        tokens.map((token) => meanings.of(token) ?? NaN)
      )
    },
    rows: tokens.map((token, i): Record<string, Cell> => ({
      token: name(token),
      [meanings.label]: meanings.of(token) ?? null,
      ...Object.fromEntries(
        places.map((place, j) => [place, sevenDigits(coordinates[i * k + j]!)])
      ),
      neighbours: near[i]!.map(({ at, cosine }) => `${names[at]} ${cosine.toFixed(2)}`).join(', ')
    })),
    notes: [
      'Principal components of the centred rows; neighbours are those of the largest cosine among the tokens shown.',
      ...(note ? [note] : [])
    ]
  }
}

/** @throws {UserError} `inspect.tokens` where the data has no such tokens */
function groupTokens(group: TokenGroup, config: DatasetConfig, dataset: Dataset): number[] {
  const all = Array.from(dataset.vocabulary.tokens, (_, token) => token)
  const found = tokensIn(group, config, dataset, all)
  if (found.length >= 2) return found
  throw new UserError(
    'inspect.tokens',
    `This data set has ${found.length === 0 ? 'no' : 'only one'} token in the group "${group}".`,
    'Choose another group, or all.'
  )
}

function tokensIn(
  group: TokenGroup,
  config: DatasetConfig,
  dataset: Dataset,
  all: number[]
): number[] {
  if (group === 'all') return all
  switch (config.kind) {
    case 'modular': {
      const { elements } = modularRows(config)
      return group === 'values' || group === 'entities' ? all.slice(0, elements) : []
    }
    case 'composition': {
      const { entities, relations } = config
      if (group === 'entities' || group === 'values') return all.slice(0, entities)
      return group === 'attributes' ? all.slice(entities, entities + relations) : []
    }
    case 'comparison':
    case 'in-context':
    case 'facts': {
      const known = comparisonFacts(dataset)
      switch (group) {
        case 'values':
          return [...known.values]
        case 'attributes':
          return [...known.attributes]
        case 'labels':
          return known.attributes.flatMap((a) => known.labels(a))
        case 'entities':
          return [...new Set(known.attributes.flatMap((a) => known.entities(a)))].sort(
            (a, b) => a - b
          )
        default:
          return group satisfies never
      }
    }
    default:
      return config satisfies never
  }
}

/** What a token's colour says, as a number. */
interface Meaning {
  readonly label: string
  of(token: number): number | undefined
}

/** @throws {UserError} `inspect.attribute` where the attribute named is none */
function meaningOf(query: Query, config: DatasetConfig, dataset: Dataset): Meaning {
  const { tokens } = dataset.vocabulary
  switch (config.kind) {
    case 'modular':
      return {
        label: 'element',
        of: (token) => (token < modularRows(config).elements ? token : undefined)
      }
    case 'composition':
      return {
        label: 'number',
        of: (token) => (token < config.entities ? token : token - config.entities)
      }
    case 'comparison':
    case 'in-context':
    case 'facts': {
      const known = comparisonFacts(dataset)
      const first = known.values[0]!
      const values = new Map(known.values.map((token) => [token, token - first]))
      if (query.tokens === 'values') return { label: 'value', of: (token) => values.get(token) }
      if (query.tokens === 'labels') {
        const order = new Map(
          known.attributes.flatMap((a) => known.labels(a).map((token, i) => [token, i] as const))
        )
        return { label: 'order', of: (token) => order.get(token) }
      }
      if (query.tokens === 'attributes') {
        return { label: 'attribute', of: (token) => known.attributes.indexOf(token) }
      }
      const wanted = query.attribute ?? tokens[known.attributes[0]!]!
      const attribute = known.attributes.find((a) =>
        [tokens[a], tokens[a]!.slice(1, -1)].includes(wanted)
      )
      if (attribute === undefined) {
        throw new UserError(
          'inspect.attribute',
          `There is no attribute "${wanted}".`,
          `Attributes are ${known.attributes
            .slice(0, 5)
            .map((a) => tokens[a])
            .join(', ')} and so on.`
        )
      }
      return {
        label: `value of ${tokens[attribute]}`,
        of: (token) => values.get(token) ?? values.get(known.value(attribute, token) ?? -1)
      }
    }
    default:
      return config satisfies never
  }
}

/** The rows of the embedding, or of the head, for these tokens. */
function vectors(
  { of }: Query,
  { checkpoint, dataset }: JobContext,
  tokens: readonly number[]
): { rows: Float32Array[]; note: string | null } {
  const V = dataset.vocabulary.size
  const arrays = flatten(Object.fromEntries(checkpoint.arrays))
  const embedding = arrays.find(([name]) => parameterGroup(name) === 'embedding')
  const head = arrays.find(([name]) => parameterGroup(name) === 'head')
  const chosen = of === 'head' ? (head ?? embedding) : embedding
  if (!chosen) throw new Error('This model has no embedding by any known name.')
  const [, { shape, values }] = chosen
  // The one-layer transformer keeps its head the other way round, [C, V].
  const [rows, C] = shape as [number, number]
  const transposed = rows !== V
  const width = transposed ? rows : C
  return {
    rows: tokens.map((token) =>
      transposed
        ? Float32Array.from({ length: width }, (_, i) => values[i * V + token]!)
        : values.slice(token * width, (token + 1) * width)
    ),
    note: of === 'head' && !head ? 'The head of this model is tied: it is the embedding.' : null
  }
}

/** Of each row, the others by falling cosine. */
function neighbours(
  rows: readonly Float32Array[],
  count: number
): { at: number; cosine: number }[][] {
  const unit = rows.map((row) => {
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) || 1
    return row.map((x) => x / norm)
  })
  return unit.map((own, i) => {
    const cosines = unit.map((other) => own.reduce((sum, x, c) => sum + x * other[c]!, 0))
    const order = cosines.map((_, at) => at).filter((at) => at !== i)
    order.sort((a, b) => cosines[b]! - cosines[a]! || a - b)
    return order.slice(0, count).map((at) => ({ at, cosine: cosines[at]! }))
  })
}
