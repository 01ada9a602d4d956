/**
 * From a user's rows to what is known: entities, attributes, and one value for each (entity, attribute) as a
 * place in an order. What was left out, merged or binned on the way is counted, and said in words.
 */
import { nearestName } from '@shared/config-input'
import { listLevels } from '@shared/dataset-rules'
import { maxPairs } from '@shared/comparison-counts'
import type { FactsConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import { fileError, readBytes, readRows, type FileRows } from './facts-file'
import { quantileBins } from './quantile-bins'

/** Values that tokens are made of, at most; as in the other kinds of comparison. */
const maxLevels = 1000
const maxAttributes = 2000
/** Cells of the table of values. */
const maxCells = 50_000_000

export interface FactsTable {
  sha256: string
  /** Sorted by code units. */
  entities: readonly string[]
  attributes: readonly string[]
  /** Texts of the values, rising. */
  levels: readonly string[]
  /** [attribute, entity], row-major: a place in `levels`, or -1 where there is no value. */
  values: Int32Array
  /** With bins, the least number of each bin of each attribute, [attribute][bin]; NaN for an empty bin. */
  binStarts: readonly Float64Array[] | null
  /** Rows of the file, and of these left out for a missing cell, and merged with an equal one. */
  rows: number
  missing: number
  duplicates: number
}

/** A row whose cells are all there. */
interface Fact {
  entity: string
  attribute: string
  value: string
  place: string
}

let last: { key: string; table: FactsTable } | undefined

/**
 * Reads and checks the file of a config. The bytes are read each time, the last table is kept while they and the
 * settings are the same.
 * @throws {UserError} where the file, a column or a cell cannot be used: `dataset.file`, `dataset.column`,
 *   `dataset.cell`, or `dataset.changed` where the file is not the one of the config's sha256.
 */
export function readFacts(config: FactsConfig): FactsTable {
  const file = readBytes(config.path)
  if (config.sha256 !== null && config.sha256 !== file.sha256) {
    throw new UserError(
      'dataset.changed',
      `${config.path} has changed since the run was made: its SHA-256 is ${file.sha256}, not ${config.sha256}.`,
      'Put the file back as it was, or start a new run with it.',
      [{ path: 'dataset.path', message: 'the file has changed since the run was made' }]
    )
  }
  const { entityColumn, attributeColumn, valueColumn, order, levels, bins, missing } = config
  const settings = { entityColumn, attributeColumn, valueColumn, order, levels, bins, missing }
  const key = `${file.sha256} ${JSON.stringify(settings)}`
  if (last?.key === key) return last.table
  const rows = readRows(file, {
    entityColumn,
    ...(attributeColumn && { attributeColumn }),
    valueColumn
  })
  const table = { sha256: file.sha256, ...tabulate(rows, config) }
  last = { key, table }
  return table
}

function tabulate(rows: FileRows, config: FactsConfig): Omit<FactsTable, 'sha256'> {
  const facts = keepWhole(rows, config)
  const { known, duplicates } = mergeEqual(facts, config)
  const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()
  const entities = sorted(known.map(({ entity }) => entity))
  const attributes = sorted(known.map(({ attribute }) => attribute))
  checkSizes(config, entities.length, attributes.length, known)

  const { levels, placeOf, numbers } = orderValues(known, config)
  const entityAt = new Map(entities.map((name, e) => [name, e]))
  const attributeAt = new Map(attributes.map((name, a) => [name, a]))
  const values = new Int32Array(attributes.length * entities.length).fill(-1)
  const binStarts =
    config.bins === null ? null : attributes.map(() => new Float64Array(levels.length).fill(NaN))
  known.forEach((fact, i) => {
    const a = attributeAt.get(fact.attribute)!
    const place = placeOf(i)
    values[a * entities.length + entityAt.get(fact.entity)!] = place
    const starts = binStarts?.[a]
    if (starts && !(starts[place]! <= numbers[i]!)) starts[place] = numbers[i]!
  })
  return {
    entities,
    attributes,
    levels,
    values,
    binStarts,
    rows: rows.cells.length,
    missing: rows.cells.length - facts.length,
    duplicates
  }
}

const missingWords = new Set(['', 'na', 'n/a', 'nan', 'null', 'none'])

/** Rows without a missing cell, in file order. */
function keepWhole({ cells, place }: FileRows, config: FactsConfig): Fact[] {
  const { entityColumn, attributeColumn, valueColumn } = config
  const listed = config.order === 'listed' ? listLevels(config.levels) : []
  const columns = [entityColumn, ...(attributeColumn ? [attributeColumn] : []), valueColumn]
  const facts: Fact[] = []
  cells.forEach((row, i) => {
    const texts = row.map((cell) => cell.trim())
    const value = texts.at(-1)!
    const isMissing = (text: string, at: number): boolean =>
      text === '' ||
      (at === texts.length - 1 && missingWords.has(text.toLowerCase()) && !listed.includes(text))
    const empty = texts.findIndex(isMissing)
    if (empty >= 0) {
      if (config.missing === 'drop') return
      const hint = 'Fill the cell, or set dataset.missing to drop.'
      throw cellError(config, place(i), columns[empty]!, 'the value is missing', hint)
    }
    texts.forEach((text, at) => {
      const problem =
        text.length > 200
          ? `${text.length} characters are more than the limit of 200`
          : /\p{Cc}/u.test(text)
            ? 'the text holds control characters'
            : undefined
      if (problem)
        throw cellError(config, place(i), columns[at]!, problem, 'Shorten or clean the text.')
    })
    const attribute = attributeColumn ? texts[1]! : valueColumn
    facts.push({ entity: texts[0]!, attribute, value, place: place(i) })
  })
  if (facts.length === 0) {
    throw fileError(config.path, 'no row has all its cells', 'Check the names of the columns.')
  }
  return facts
}

/** One fact for each (entity, attribute): equal ones are merged, contradicting ones refused. */
function mergeEqual(
  facts: readonly Fact[],
  config: FactsConfig
): { known: Fact[]; duplicates: number } {
  const same = config.order === 'numeric' ? sameNumber : (x: string, y: string): boolean => x === y
  const first = new Map<string, Fact>()
  for (const fact of facts) {
    const key = `${fact.entity}\n${fact.attribute}`
    const before = first.get(key)
    if (!before) first.set(key, fact)
    else if (!same(before.value, fact.value)) {
      throw cellError(
        config,
        fact.place,
        config.valueColumn,
        `"${fact.value}" contradicts "${before.value}" in ${before.place}, for entity "${fact.entity}" and attribute "${fact.attribute}"`,
        'Keep one value for each entity and attribute.'
      )
    }
  }
  return { known: [...first.values()], duplicates: facts.length - first.size }
}

const sameNumber = (x: string, y: string): boolean => x === y || Number(x) === Number(y)

function checkSizes(
  { path }: FactsConfig,
  entities: number,
  attributes: number,
  known: readonly Fact[]
): void {
  const shown = (n: number): string => n.toLocaleString('en')
  if (attributes > maxAttributes) {
    throw fileError(
      path,
      `${shown(attributes)} attributes are more than the limit of ${shown(maxAttributes)}`,
      'Check that dataset.attributeColumn names the column of attributes, or take fewer.'
    )
  }
  const perAttribute = new Map<string, number>()
  for (const { attribute } of known) {
    perAttribute.set(attribute, (perAttribute.get(attribute) ?? 0) + 1)
  }
  const pairs = [...perAttribute.values()].reduce((sum, n) => sum + n * (n - 1), 0)
  if (pairs > maxPairs || entities * attributes > maxCells) {
    const problem =
      pairs > maxPairs
        ? `${shown(pairs)} ordered pairs can be made of its facts; the limit is ${shown(maxPairs)}`
        : `${shown(entities)} entities x ${shown(attributes)} attributes; the limit is ${shown(maxCells)} together`
    throw fileError(path, problem, 'Take fewer entities.')
  }
}

/** The texts of values in rising order, each fact's place among them, and its number where it has one. */
function orderValues(
  known: readonly Fact[],
  config: FactsConfig
): { levels: string[]; placeOf: (fact: number) => number; numbers: readonly number[] } {
  if (config.order === 'listed') {
    const levels = listLevels(config.levels)
    const places = known.map(({ value, place }) => {
      const at = levels.indexOf(value)
      if (at >= 0) return at
      const near = nearestName(value, levels)
      const problem = `"${value}" is not among the listed values${near ? `; did you mean "${near}"?` : ''}`
      throw cellError(config, place, config.valueColumn, problem, 'Add it to dataset.levels.')
    })
    return { levels, placeOf: (i) => places[i]!, numbers: [] }
  }
  const numbers = known.map((fact) => readNumber(fact, config))
  if (config.bins !== null) {
    const binned = quantileBins(
      numbers,
      known.map(({ attribute }) => attribute),
      config.bins
    )
    const levels = Array.from({ length: config.bins }, (_, bin) => `bin_${bin}`)
    return { levels, placeOf: (i) => binned[i]!, numbers }
  }
  const distinct = [...new Set(numbers)].sort((x, y) => x - y)
  if (distinct.length > maxLevels) {
    const problem = `${distinct.length.toLocaleString('en')} different values are more than the limit of ${maxLevels}`
    throw new UserError(
      'dataset.bins',
      `${config.path}: ${problem}.`,
      'Set dataset.bins, for example to 20.',
      [{ path: 'dataset.bins', message: problem, nearest: 20 }]
    )
  }
  const at = new Map(distinct.map((n, place) => [n, place]))
  return { levels: distinct.map(String), placeOf: (i) => at.get(numbers[i]!)!, numbers }
}

/** Decimal numbers, with or without exponent; -0 is 0. */
function readNumber({ value, place }: Fact, config: FactsConfig): number {
  const number = Number(value)
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) && Number.isFinite(number)) {
    return number + 0
  }
  const hint = value.includes(',')
    ? 'Write numbers with a decimal point and without separators.'
    : 'Put a number there, or set dataset.order to listed and dataset.levels to the words in rising order.'
  throw cellError(config, place, config.valueColumn, `"${value}" is not a number`, hint)
}

function cellError(
  { path }: FactsConfig,
  place: string,
  column: string,
  problem: string,
  hint: string
): UserError {
  const where = `${place}, column "${column}"`
  const message = `${where}: ${problem}`
  return new UserError(
    'dataset.cell',
    `${path}, ${message}${problem.endsWith('?') ? '' : '.'}`,
    hint,
    [{ path: 'dataset.path', message }]
  )
}
