/**
 * What a comparison asks of a run. A run that has no such thing meets no comparison, not even `!=`; `not` finds it.
 * A censored event is known to be above its last evaluation: it meets `>` and `>=` up to there and `!=`, never `=` or
 * `<`, and `= never` is its own question.
 */
import type { RunRow } from '../contract'
import { tagWords } from '../setting-tags'
import { isMeasured, type FieldValue, type RunField } from '../run-fields'
import type { Node, Word } from './grammar'
import { nearestName } from '../config-input'
import { QueryFault } from './fault'
import type { RunTest } from './parse'

type Comparison = Extract<Node, { kind: 'compare' }>
type Operator = Comparison['op']
/** Whether a value, never undefined, meets the comparison. */
type ValueTest = (value: Exclude<FieldValue, undefined>) => boolean

/** @throws {QueryFault} where the value is none of the field's */
export function comparisonOf(field: RunField, { op, values }: Comparison): RunTest {
  const test = values.map((value) => valueTest(field, op === 'in' ? '=' : op, value))
  return (run: RunRow, now: number) => {
    const value = field.of(run, now)
    return value !== undefined && test.some((meets) => meets(value))
  }
}

function valueTest(field: RunField, op: Exclude<Operator, 'in'>, word: Word): ValueTest {
  if (op === '~') return pattern(word)
  switch (field.kind) {
    case 'tags':
      return tagTest(op, word)
    case 'event':
      if (/^(never|none)$/i.test(word.text)) return neverTest(field, op, word)
      return numberTest(field, op, word, readNumber(field, word))
    case 'number':
    case 'accuracy':
      if (/^(empty|none|null|nan)$/i.test(word.text))
        return equality(op, field, word, (value) => value === null)
      return numberTest(field, op, word, readNumber(field, word))
    case 'time':
      return timeTest(op, word)
    case 'duration':
      return numberTest(field, op, word, readDuration(word))
    case 'boolean': {
      const wanted = readBoolean(field, word)
      return equality(op, field, word, (value) => value === wanted)
    }
    case 'choice': {
      const wanted = readChoice(field, word)
      return equality(op, field, word, (value) => value === wanted)
    }
    case 'text': {
      const wanted = word.text.toLowerCase()
      if (op === 'has') return (value) => String(value).toLowerCase().includes(wanted)
      return equality(op, field, word, (value) => String(value ?? '').toLowerCase() === wanted)
    }
    default:
      return field.kind satisfies never
  }
}

function equality(op: Operator, field: RunField, { at }: Word, is: ValueTest): ValueTest {
  if (op === '=') return is
  if (op === '!=') return (value) => !is(value)
  throw new QueryFault(`${field.name} has no order: possible are =, !=, ~ and in (…).`, at)
}

function numberTest(field: RunField, op: Operator, { at }: Word, wanted: number): ValueTest {
  const order: Partial<Record<Operator, (value: number) => boolean>> = {
    '=': (value) => value === wanted,
    '!=': (value) => value !== wanted,
    '<': (value) => value < wanted,
    '<=': (value) => value <= wanted,
    '>': (value) => value > wanted,
    '>=': (value) => value >= wanted
  }
  const test = order[op]
  if (!test)
    throw new QueryFault(`${field.name} is a number: possible are = != < <= > >= and in (…).`, at)
  return (value) => {
    if (typeof value === 'number') return test(value)
    if (!isMeasured(value)) return false
    if (!value.censored) return test(value.value)
    // Known to be above: at least the next step.
    return op === '!=' ? value.value >= wanted : op.startsWith('>') && value.value >= wanted
  }
}

function neverTest(field: RunField, op: Operator, word: Word): ValueTest {
  return equality(op, field, word, (value) => isMeasured(value) && value.censored)
}

function tagTest(op: Operator, { text, at }: Word): ValueTest {
  const wanted = text.toLowerCase()
  const has: ValueTest = (value) =>
    Array.isArray(value) && value.some((tag: string) => tag.toLowerCase() === wanted)
  if (op === 'has' || op === '=') return has
  if (op === '!=') return (value) => !has(value)
  throw new QueryFault('tags have no order: possible are has, =, != and ~.', at)
}

function pattern({ text, at }: Word): ValueTest {
  let expression: RegExp
  try {
    expression = new RegExp(text, 'i')
  } catch {
    throw new QueryFault(`“${text}” is no pattern: write it as a regular expression.`, at)
  }
  return (value) =>
    Array.isArray(value)
      ? value.some((tag: string) => expression.test(tag))
      : expression.test(String(isMeasured(value) ? value.value : value))
}

/** A day stands for all of it: `created = 2026-11-01` is that day, `> ` is after it. Local time. */
function timeTest(op: Operator, { text, at }: Word): ValueTest {
  const found = /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2}))?)?$/.exec(text)
  const [year, month, day, hour, minute] = (found?.slice(1) ?? []).map((part) =>
    part === undefined ? undefined : Number(part)
  )
  const low = found && new Date(year!, month! - 1, day ?? 1, hour ?? 0, minute ?? 0)
  if (!low || low.getMonth() !== month! - 1) {
    throw new QueryFault(`“${text}” is no date: write 2026-11, 2026-11-01 or 2026-11-01T18:00.`, at)
  }
  const high = new Date(low)
  if (hour !== undefined) high.setMinutes(high.getMinutes() + 1)
  else if (day !== undefined) high.setDate(high.getDate() + 1)
  else high.setMonth(high.getMonth() + 1)
  const [from, to] = [low.getTime(), high.getTime()]
  const tests: Partial<Record<Operator, (value: number) => boolean>> = {
    '=': (value) => value >= from && value < to,
    '!=': (value) => value < from || value >= to,
    '<': (value) => value < from,
    '<=': (value) => value < to,
    '>': (value) => value >= to,
    '>=': (value) => value >= from
  }
  const test = tests[op]
  if (!test) throw new QueryFault('A time is compared by = != < <= > >=.', at)
  return (value) => typeof value === 'number' && test(value)
}

function readNumber(field: RunField, { text, at }: Word): number {
  const found = /^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([kM%]?)$/i.exec(text)
  const unit = { '': 1, k: 1e-3, m: 1e-6, '%': 100 }[(found?.[2] ?? '').toLowerCase()]
  if (found && unit !== undefined) {
    // Divided, so that 95% is 0.95 and 20k is 20,000 to the last digit.
    return Number(found[1]) / unit
  }
  const never = field.kind === 'event' ? ', or never' : ''
  throw new QueryFault(
    `${field.name} is compared with a number such as 0.9, 20k or 1e-3${never}; “${text}” is none.`,
    at
  )
}

/** In milliseconds. */
function readDuration({ text, at }: Word): number {
  const found = /^(\d+\.?\d*|\.\d+)(s|min|h|d)$/i.exec(text)
  const unit = { s: 1e3, min: 6e4, h: 3.6e6, d: 8.64e7 }[(found?.[2] ?? '').toLowerCase()]
  if (found && unit) return Number(found[1]) * unit
  throw new QueryFault(`A duration is written as 90s, 10min, 1.5h or 2d; “${text}” is none.`, at)
}

function readBoolean(field: RunField, { text, at }: Word): boolean {
  if (/^(true|yes|on)$/i.test(text)) return true
  if (/^(false|no|off)$/i.test(text)) return false
  throw new QueryFault(`${field.name} is yes or no; “${text}” is neither.`, at)
}

/** A choice by its value, or by what it is called where people read: `gpt2`, `GPT-2`. */
function readChoice(field: RunField, { text, at }: Word): string {
  const choices = field.choices ?? []
  const lower = text.toLowerCase()
  const found = choices.find(
    (choice) => choice.toLowerCase() === lower || String(tagWords(choice)).toLowerCase() === lower
  )
  if (found !== undefined) return found
  const near = nearestName(text, choices)
  throw new QueryFault(
    `${field.name} is one of ${choices.join(', ')}; “${text}” is none of them` +
      (near ? `. Did you mean ${near}?` : '.'),
    at
  )
}
