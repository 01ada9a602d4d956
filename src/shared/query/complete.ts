/** What could be typed at a place of a query: names, after a comparison its values, after a value what joins. */
import type { RunRow } from '../contract'
import { fieldOfName, isMeasured, runFields, type RunField } from '../run-fields'

export interface Completion {
  /** What is put in place of the characters from `from` to `to`. */
  text: string
  from: number
  to: number
  /** What it is, in a few words. */
  detail: string
}

const most = 12
const afterValue =
  /(?:^|[\s(])([A-Za-z_][\w./@-]*)\s*(==?|!=|<=|>=|[<>~]|has\s|in\s*\((?:[^()]*,)?)\s*("?)([^\s()"',]*)$/

/**
 * Up to a dozen completions at a place of the text, the likeliest first.
 * @param runs from which values are offered that are in use
 */
export function completeQuery(text: string, at: number, runs: readonly RunRow[]): Completion[] {
  const before = text.slice(0, at)
  const rest = /^[^\s()=<>!~,"']*/.exec(text.slice(at))![0]
  const to = at + rest.length
  const asked = afterValue.exec(before)
  const field = asked && fieldOfName(asked[1]!)
  if (asked && field) {
    const typed = asked[4]!.toLowerCase()
    const from = at - asked[4]!.length - asked[3]!.length
    return valuesOf(field, runs)
      .filter(
        ({ text: value }) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed
      )
      .sort(
        (a, b) =>
          Number(b.text.toLowerCase().startsWith(typed)) -
          Number(a.text.toLowerCase().startsWith(typed))
      )
      .slice(0, most)
      .map(({ text: value, detail }) => ({ text: quote(value), from, to, detail }))
  }
  const typed = /[^\s()=<>!~,"']*$/.exec(before)![0]
  if (typed === '') return []
  return namesLike(typed).map((found) => ({ ...found, from: at - typed.length, to }))
}

function namesLike(typed: string): { text: string; detail: string }[] {
  const lower = typed.toLowerCase()
  const rank = ({ name, label }: RunField): number => {
    const own = name.toLowerCase()
    if (own.startsWith(lower)) return 0
    if (own.includes(`.${lower}`) || own.includes(`/${lower}`)) return 1
    return label.toLowerCase().startsWith(lower) ? 2 : 3
  }
  return runFields
    .map((field) => ({ field, rank: rank(field) }))
    .filter((found) => found.rank < 3 && found.field.name.toLowerCase() !== lower)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ field }) => ({ text: field.name, detail: field.label }))
}

function valuesOf(field: RunField, runs: readonly RunRow[]): { text: string; detail: string }[] {
  const counts = new Map<string, number>()
  const count = (value: string): void => void counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const run of runs) {
    const value = field.of(run, 0)
    if (Array.isArray(value)) value.forEach((tag) => count(String(tag)))
    else if (value === null || value === undefined || isMeasured(value as never)) continue
    else if (['choice', 'text', 'boolean'].includes(field.kind)) count(String(value))
    else if (field.kind === 'number' && field.id.startsWith('config:')) count(String(value))
  }
  for (const choice of field.choices ?? []) if (!counts.has(choice)) counts.set(choice, 0)
  if (field.kind === 'event') counts.set('never', 0)
  const numeric = field.kind === 'number'
  return [...counts]
    .sort(([a, m], [b, n]) => (numeric ? Number(a) - Number(b) : n - m || a.localeCompare(b, 'en')))
    .map(([text, n]) => ({ text, detail: n === 0 ? '' : n === 1 ? '1 run' : `${n} runs` }))
}

/** As the grammar reads it back. */
const quote = (value: string): string =>
  /^[^\s()=<>!~,"']+$/.test(value) ? value : value.includes('"') ? `'${value}'` : `"${value}"`
