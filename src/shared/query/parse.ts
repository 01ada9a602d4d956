/** From the text of a query to a test of runs. The grammar is grammar.peggy; what names and values mean is here. */
import { nearestName } from '../config-input'
import type { RunRow } from '../contract'
import { fieldOfName, runFields, type RunField } from '../run-fields'
import { datasetWords, modelWords } from '../run-words'
import { comparisonOf } from './compare'
import { QueryFault, type QueryError } from './fault'
import { parse, SyntaxError, type Node, type Word } from './grammar'

/** @param now Unix milliseconds, for runs that are at work */
export type RunTest = (run: RunRow, now: number) => boolean

export type ParsedQuery = { test: RunTest; error: null } | { test: null; error: QueryError }

export function parseQuery(text: string): ParsedQuery {
  try {
    return { test: testOf(parse(text)), error: null }
  } catch (error) {
    if (error instanceof QueryFault) {
      return { test: null, error: { message: error.message, at: error.at } }
    }
    if (error instanceof SyntaxError) return { test: null, error: describeSyntax(error) }
    throw error
  }
}

function testOf(node: Node): RunTest {
  switch (node.kind) {
    case 'all': {
      const tests = node.of.map(testOf)
      return (run, now) => tests.every((test) => test(run, now))
    }
    case 'any': {
      const tests = node.of.map(testOf)
      return (run, now) => tests.some((test) => test(run, now))
    }
    case 'not': {
      const test = testOf(node.of)
      return (run, now) => !test(run, now)
    }
    case 'text': {
      const word = node.text.toLowerCase()
      return (run) => searchText(run).includes(word)
    }
    case 'compare':
      return comparisonOf(fieldNamed(node.name), node)
    default:
      return node satisfies never
  }
}

const texts = new WeakMap<RunRow, string>()

/** What words are searched for in: name, state, model, data, preset, tags, note and id. */
function searchText(run: RunRow): string {
  const known = texts.get(run)
  if (known !== undefined) return known
  const { name, state, preset, tags, note, id } = run
  const text = [name, state, modelWords(run), datasetWords(run), preset ?? '', ...tags, note, id]
    .join(' ')
    .toLowerCase()
  texts.set(run, text)
  return text
}

function fieldNamed({ text, at }: Word): RunField {
  const field = fieldOfName(text)
  if (field) return field
  const lower = text.toLowerCase()
  const inside = runFields.filter(({ name }) => name.toLowerCase().endsWith(`.${lower}`))
  const near =
    inside.length > 0
      ? inside.slice(0, 3).map(({ name }) => name)
      : [
          nearestName(
            text,
            runFields.map(({ name }) => name)
          )
        ].filter((name) => name !== undefined)
  throw new QueryFault(
    near.length > 0
      ? `“${text}” is no setting, measure or event. Did you mean ${near.join(' or ')}?`
      : `“${text}” is no setting, measure or event. Possible are model.family, ood, memorised, tags and others.`,
    at
  )
}

/** In the grammar's words, each once; operators go by one name. */
function describeSyntax({ expected, found, location }: SyntaxError): QueryError {
  const operators = new Set(['==', '=', '!=', '<=', '>=', 'in', 'has'])
  const words = (expected ?? []).flatMap(({ type, description, text }) => {
    if (type === 'end' || text === '==') return []
    if (type === 'class' || operators.has(text ?? description ?? ''))
      return 'a comparison such as = or >'
    if (text === '"' || text === "'") return []
    return description ?? `“${text}”`
  })
  const possible = [...new Set(words)].filter((word) => word !== 'a space')
  const list =
    possible.length > 1 ? `${possible.slice(0, -1).join(', ')} or ${possible.at(-1)}` : possible[0]
  const { start, end } = location
  return found === null
    ? { message: `Here ${list ?? 'something'} is missing.`, at: [start.offset, start.offset] }
    : {
        message: `“${found}” cannot stand here. Possible ${possible.length > 1 ? 'are' : 'is'} ${list ?? 'the end'}.`,
        at: [start.offset, end.offset]
      }
}
