import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { FactsConfig, RunConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import type { Dataset } from '../../../src/main/datasets/dataset'
import { buildDataset, pinDataset, summarize } from '../../../src/main/datasets/index'
import {
  copyIntoTrain,
  expectEqual,
  expectSound,
  rowsOf,
  seeds,
  tryBuild,
  violationsAfter
} from '../../support/datasets'
import { referenceFacts, type FactRow } from '../../support/reference/facts'

const folder = mkdtempSync(join(tmpdir(), 'grokscope-facts-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a file and gives its path; a new name each time. */
let written = 0
function fileOf(content: string | Buffer, ending = 'csv'): string {
  const path = join(folder, `${++written}.${ending}`)
  writeFileSync(path, content)
  return path
}

const shaOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex')
const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
const csvOf = (rows: readonly FactRow[], delimiter = ','): string =>
  [
    ['entity', 'attribute', 'value'].join(delimiter),
    ...rows.map((row) =>
      [quote(row.entity), quote(row.attribute), quote(row.value)].join(delimiter)
    )
  ].join('\n') + '\n'

const facts = (path: string, changes: Partial<FactsConfig> = {}): FactsConfig =>
  FactsConfig.parse({
    kind: 'facts',
    path,
    ...{ phi: 1, idShare: 0.7, testShare: 0.2, probes: 40 },
    ...changes
  })

/** Twelve entities, two attributes, whole numbers with ties. */
const rows: FactRow[] = Array.from({ length: 24 }, (_, i) => ({
  entity: `city ${i >> 1}`,
  attribute: i % 2 === 0 ? 'area' : 'population',
  value: String((i * 37) % 10)
}))

function refusalOf(build: () => unknown): UserError {
  try {
    build()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const name = fc.oneof(
  fc.constantFrom(
    'Paris',
    'New York',
    'a,b',
    'say "hi"',
    'two\u2028lines',
    '<e_1>',
    'München',
    '0'
  ),
  fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.replaceAll(/\p{Cc}/gu, '').trim())
)
const names = (few: number, many: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(
    name.filter((text) => text !== ''),
    { minLength: few, maxLength: many }
  )
const anyTable = fc
  .record({
    entities: names(8, 20),
    attributes: names(1, 3),
    number: fc.constantFrom(
      (n: number) => n,
      (n: number) => n / 8 - 2,
      (n: number) => n * 1e21
    ),
    picks: fc.infiniteStream(fc.integer({ min: 0, max: 11 }))
  })
  .map(({ entities, attributes, number, picks }) =>
    attributes.flatMap((attribute) =>
      entities.map((entity) => {
        const pick = picks.next().value as number
        return { entity, attribute, value: pick === 0 ? '' : String(number(pick)) }
      })
    )
  )
const anySettings = fc.record({
  bins: fc.constantFrom(null, 2, 3, 5),
  ties: fc.constantFrom('equal class' as const, 'drop' as const),
  phi: fc.double({ min: 0.3, max: 1, noNaN: true }),
  idShare: fc.double({ min: 0.5, max: 0.7, noNaN: true }),
  probes: fc.integer({ min: 1, max: 100 }),
  endTarget: fc.boolean()
})

describe('against the slow reference', () => {
  test('every row, split and hash is equal for any table of numbers', () => {
    let built = 0
    const delimiters = fc.constantFrom(',', ';', '\t')
    fc.assert(
      fc.property(
        anyTable,
        anySettings,
        delimiters,
        fc.integer(seeds),
        (table, changes, by, seed) => {
          const path = fileOf(csvOf(table, by))
          const config = facts(path, changes)
          const dataset = tryBuild(config, seed)
          const reference = referenceFacts(config, table, shaOf(path), seed)
          expect(dataset !== undefined).toBe(reference.enough)
          if (!dataset) return
          built++
          expectEqual(dataset, reference)
          const { counts } = expectSound(dataset, config)
          const missing = table.filter(({ value }) => value === '').length
          expect(counts).toContainEqual(
            expect.objectContaining({ name: 'missing', count: missing })
          )
        }
      ),
      { numRuns: 100 }
    )
    expect(built).toBeGreaterThan(40)
  })

  test('and for values in a listed order', () => {
    const words = ['tiny', 'small', 'NA', 'large']
    const table = rows.map((row, i) => ({ ...row, value: words[(i * 7 + (i >> 2)) % 4]! }))
    const config = facts(fileOf(csvOf(table)), { order: 'listed', levels: words.join(' < ') })
    const dataset = buildDataset(config, 2)
    expectEqual(dataset, referenceFacts(config, table, shaOf(config.path), 2))
    expectSound(dataset, config)
  })
})

describe('ties', () => {
  const compared = (dataset: Dataset): string[] =>
    ['train_inferred', 'test_inferred_iid', 'test_inferred_ood']
      .flatMap((split) => rowsOf(dataset, dataset.splits[split]!))
      .map(({ targets }) => targets[0]!.slice(-2, -1))

  test('are a class of their own, or never used, and counted either way', () => {
    const path = fileOf(csvOf(rows.map((row, i) => ({ ...row, value: String(i % 5) }))))
    const shown = (ties: FactsConfig['ties']): [string[], number] => {
      const config = facts(path, { ties, idShare: 0.6 })
      const dataset = buildDataset(config, 1)
      const { counts } = expectSound(dataset, config)
      return [compared(dataset), counts.find((count) => count.name === 'ties')!.count]
    }
    // 12 entities an attribute over 5 values: in each three values occur twice or more
    const equalPairs = ['area', 'population'].flatMap((attribute) => {
      const values = rows.flatMap((row, i) => (row.attribute === attribute ? [i % 5] : []))
      return values.flatMap((v, i) => values.filter((w, j) => i !== j && v === w))
    }).length
    expect(shown('equal class')[0]).toContain('1')
    expect(shown('drop')[0]).not.toContain('1')
    expect(shown('drop')[1]).toBe(equalPairs)
    expect(shown('equal class')[1]).toBe(equalPairs)
  })
})

describe('missing values', () => {
  const table = rows.map((row, i) => ({ ...row, value: ['', 'NA', 'NaN'][i] ?? row.value }))

  test('are left out and counted', () => {
    const config = facts(fileOf(csvOf(table)))
    const { counts } = summarize(buildDataset(config, 1), config)
    const shown = Object.fromEntries(counts.map(({ name, count }) => [name, count]))
    expect(shown).toMatchObject({ rows: 24, missing: 3, id_atomic: 15, ood_atomic: 6 })
  })

  test('or refused by line and column', () => {
    const error = refusalOf(() =>
      buildDataset(facts(fileOf(csvOf(table)), { missing: 'refuse' }), 1)
    )
    expect(error.message).toMatch(/line 2, column "value": the value is missing/)
  })
})

describe('bins', () => {
  test('hold equally many where no numbers are equal', () => {
    // Squares of 0 to 23: the even ones are areas, the odd ones populations
    const table = rows.map((row, i) => ({ ...row, value: String(((i * 7) % 24) ** 2) }))
    const config = facts(fileOf(csvOf(table)), { bins: 4 })
    const dataset = buildDataset(config, 1)
    const { notes, counts } = summarize(dataset, config)
    expect(notes).toContain('Facts per bin of area: 3 from 0, 3 from 36, 3 from 144, 3 from 324')
    expect(notes).toContain(
      'Facts per bin of population: 3 from 1, 3 from 49, 3 from 169, 3 from 361'
    )
    expect(counts).toContainEqual({ name: 'values', label: 'Values', count: 4 })
    expect(dataset.vocabulary.tokens).toContain('<v_bin_3>')
  })

  test('are asked for where there are too many different values', () => {
    const many = Array.from({ length: 1001 }, (_, i) => ({
      ...{ entity: `e${i}`, attribute: 'a' },
      value: `${i}.5`
    }))
    const config = facts(fileOf(csvOf(many)))
    const { code, message, issues } = refusalOf(() => buildDataset(config, 1))
    expect(code).toBe('dataset.bins')
    expect(message).toContain('1,001 different values')
    expectSound(buildDataset({ ...config, bins: issues[0]!.nearest as number }, 1), {
      ...config,
      bins: 20
    })
  })
})

describe('what a file may be', () => {
  const columns: Record<string, unknown[]> = JSON.parse(
    readFileSync('test/fixtures/facts/cities.json', 'utf8')
  )
  const tableOf = (value: string): FactRow[] =>
    columns['entity']!.map((entity, i) => ({
      entity: entity as string,
      attribute: columns['attribute']![i] as string,
      value: columns[value]![i] === null ? '' : String(columns[value]![i])
    }))
  const parquet = (variant: string): string => `test/fixtures/facts/cities-${variant}.parquet`
  const hasZstd = 'zstdDecompressSync' in process.getBuiltinModule('node:zlib')

  test.each(['snappy', 'gzip-v2', 'plain', ...(hasZstd ? ['zstd'] : [])])(
    'Parquet as pyarrow writes it, %s: numbers, whole numbers and words',
    (variant) => {
      for (const valueColumn of ['value', 'rank', 'size']) {
        const order = valueColumn === 'size' ? 'listed' : 'numeric'
        const levels = order === 'listed' ? 'small < medium < large' : ''
        const config = facts(parquet(variant), { valueColumn, order, levels })
        const reference = referenceFacts(config, tableOf(valueColumn), shaOf(config.path), 3)
        expectEqual(buildDataset(config, 3), reference)
      }
    }
  )

  test('not a Parquet column of lists, nor a damaged file', () => {
    const lists = refusalOf(() =>
      buildDataset(facts(parquet('snappy'), { valueColumn: 'tags' }), 1)
    )
    expect(lists.message).toMatch(/column "tags" holds lists/)
    const whole = readFileSync(parquet('snappy'))
    for (const damaged of [
      whole.subarray(0, 100),
      whole.subarray(0, -1),
      Buffer.concat([whole.subarray(0, 4), Buffer.alloc(900, 255), whole.subarray(904)])
    ]) {
      const error = refusalOf(() => buildDataset(facts(fileOf(damaged, 'parquet')), 1))
      expect(error.code).toBe('dataset.file')
    }
  })

  test.each(['gzip-v2', 'snappy', 'plain'])(
    'damage to a %s file is refused or harmless',
    (variant) => {
      const whole = readFileSync(parquet(variant))
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
          (changes) => {
            const damaged = Buffer.from(whole)
            for (const [at, byte] of changes) damaged[at] = byte
            tryBuild(facts(fileOf(damaged, 'parquet')), 1)
          }
        ),
        // The same damage on every machine; fresh damage belongs to a long run, not to a suite.
        { numRuns: 150, seed: 20261123 }
      )
    }
  )

  test('any text at all is built or refused', () => {
    const cell = fc.oneof(name, fc.constantFrom('1', '-2.5', '', '"', 'NaN', '\u0000', '1e999'))
    const line = fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(','))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        tryBuild(facts(fileOf(['entity,attribute,value', ...lines].join('\r\n'))), 1)
      }),
      { numRuns: 200 }
    )
  })

  test('one attribute needs no column: it is called as the value column', () => {
    const two = rows.slice(0, 20).map((row, i) => `c${i};${row.value}\r\n`)
    const config = facts(fileOf(`\uFEFFtown;inhabitants\r\n\r\n${two.join('')}`), {
      ...{ entityColumn: 'town', attributeColumn: null, valueColumn: 'inhabitants' },
      idShare: 0.6
    })
    const dataset = buildDataset(config, 1)
    expectSound(dataset, config)
    expect(dataset.vocabulary.tokens).toContain('<attr_inhabitants>')
  })

  test('rows that repeat another are merged', () => {
    const config = facts(fileOf(csvOf([...rows, rows[3]!, { ...rows[4]!, value: '8.0' }])))
    expect(rows[4]!.value).toBe('8')
    const dataset = buildDataset(config, 1)
    const { counts } = expectSound(dataset, config)
    expect(counts).toContainEqual(expect.objectContaining({ name: 'duplicates', count: 2 }))
  })
})

describe('what is refused', () => {
  const built = (content: string | Buffer, changes: Partial<FactsConfig> = {}): UserError =>
    refusalOf(() => buildDataset(facts(fileOf(content), changes), 1))
  const header = 'entity,attribute,value\n'

  test.each<[string, string | Buffer, RegExp]>([
    [
      'a word among numbers',
      `${header}a,b,1\nc,b,many\n`,
      /line 3, column "value": "many" is not a/
    ],
    ['a decimal comma', `${header}a,b,"1,5"\n`, /line 2, column "value": "1,5" is not a number/],
    ['a hexadecimal number', `${header}a,b,0x10\n`, /"0x10" is not a number/],
    ['infinity', `${header}a,b,Infinity\n`, /"Infinity" is not a number/],
    ['a number too large', `${header}a,b,1e999\n`, /"1e999" is not a number/],
    ['a cell too many', `${header}a,b,1\nc,b,2,3\n`, /line 3/],
    ['a quote that never ends', `${header}a,b,"1\nc,b,2\n`, /line/],
    ['a control character', `${header}a\u0007,b,1\n`, /line 2, column "entity".*control/],
    ['a very long name', `${header}${'x'.repeat(201)},b,1\n`, /line 2, column "entity": 201 char/],
    ['a contradiction', `${header}a,b,1\na,b,2\n`, /line 3.*"2" contradicts "1" in line 2/],
    ['no rows', header, /no row has all its cells/],
    ['an empty file', '', /no column names|no column "entity"/],
    [
      'another encoding',
      Buffer.from('\uFEFFentity', 'utf16le'),
      /neither Parquet nor text in UTF-8/
    ]
  ])('%s', (_, content, message) => {
    const error = built(content)
    expect(error.message).toMatch(message)
    expect(error.hint).not.toBe('')
    expect(error.issues[0]!.path).toMatch(/^dataset\./)
  })

  test('a missing column, with the columns that there are and the one that was meant', () => {
    const error = built('Entity,attribute,value\na,b,1\n')
    expect(error.message).toMatch(/there is no column "entity"; did you mean "Entity"\?$/)
    expect(error.hint).toMatch(/"Entity", "attribute", "value".*dataset\.entityColumn/)
    expect(error.issues).toEqual([
      {
        path: 'dataset.entityColumn',
        message: 'there is no column "entity" in the file',
        nearest: 'Entity'
      }
    ])
    expect(built('entity,value,attribute,value\n').message).toMatch(/"value" is there twice/)
  })

  test('a word that is not listed', () => {
    const changes = { order: 'listed' as const, levels: 'small < large' }
    const error = built(`${header}a,b,small\nc,b,lage\n`, changes)
    expect(error.message).toMatch(
      /line 3.*"lage" is not among the listed values; did you mean "large"/
    )
  })

  test('a file that is not there', () => {
    const error = refusalOf(() => buildDataset(facts(join(folder, 'none.csv')), 1))
    expect(error.message).toMatch(/none\.csv: there is no such file\.$/)
  })

  test.each([
    [{}, 'dataset.path'],
    [{ path: 'x.csv', order: 'listed' }, 'dataset.levels'],
    [{ path: 'x.csv', order: 'listed', levels: 'a < b < a' }, 'dataset.levels'],
    [{ path: 'x.csv', order: 'listed', levels: 'a < b', bins: 3 }, 'dataset.bins']
  ])('settings that cannot be meant: %j', (dataset, path) => {
    const result = RunConfig.safeParse({ dataset: { kind: 'facts', ...dataset } })
    expect(result.error!.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })
})

describe('pinning', () => {
  test('makes the path hold from everywhere and refuses the file once it has changed', () => {
    const path = fileOf(csvOf(rows))
    const pinned = pinDataset(facts(relative(folder, path)), folder) as FactsConfig
    expect(pinned).toMatchObject({ path, sha256: shaOf(path) })
    const { hash } = buildDataset(pinned, 1)
    expect(buildDataset(facts(path), 1).hash).toBe(hash)

    // The very same facts in another file are another data set
    writeFileSync(path, csvOf(rows) + '\n')
    const error = refusalOf(() => buildDataset(pinned, 1))
    expect(error.code).toBe('dataset.changed')
    expect(error.message).toMatch(/has changed since the run was made/)
    expect(buildDataset({ ...pinned, sha256: null }, 1).hash).not.toBe(hash)
  })

  test('leaves other kinds alone', () => {
    const { dataset } = RunConfig.parse({ dataset: { kind: 'modular' } })
    expect(pinDataset(dataset, folder)).toBe(dataset)
  })
})

describe('a leak is found', () => {
  const config = facts(fileOf(csvOf(rows)), { ties: 'drop', idShare: 0.6 })
  const atomics = 24

  test('when a test pair is trained on', () => {
    const copy = (split: string) => (d: Dataset) => copyIntoTrain(d, split, 0, atomics)
    expect(violationsAfter(config, 1, copy('test_inferred_iid'), /Test pairs seen/)).toBe(1)
    expect(violationsAfter(config, 1, copy('test_inferred_ood'), /with an OOD entity/)).toBe(1)
  })

  test('when equal values are compared all the same', () => {
    const change = ({ train, answers, vocabulary }: Dataset): void => {
      const at = atomics * answers
      const label = vocabulary.tokens[train.labels[at]!]!
      train.labels[at] = vocabulary.tokens.indexOf(label.replace(/_\d>$/, '_1>'))
    }
    expect(violationsAfter(config, 1, change, /equal values/)).toBe(1)
  })
})

test('chance is what a guesser of every pair gets right', () => {
  for (const ties of ['equal class', 'drop'] as const) {
    const config = facts(fileOf(csvOf(rows)), { ties, idShare: 0.6 })
    const { chance } = summarize(buildDataset(config, 1), config)
    let [pairs, prior, oneValue] = [0, 0, 0]
    for (const attribute of ['area', 'population']) {
      const values = rows.filter((row) => row.attribute === attribute).map((row) => +row.value)
      const all = [0, 0, 0]
      values.forEach((v, i) => {
        const seen = [0, 0, 0]
        values.forEach((w, j) => {
          if (i !== j && !(ties === 'drop' && v === w)) seen[Math.sign(v - w) + 1]!++
        })
        oneValue += Math.max(...seen)
        seen.forEach((count, label) => (all[label]! += count))
      })
      pairs += all.reduce((sum, count) => sum + count)
      prior += Math.max(...all)
    }
    expect(chance.map(({ accuracy }) => accuracy)).toEqual([prior / pairs, oneValue / pairs])
  }
})
