/** A query while it is being typed: what of it can be asked already. */
import { completeQuery } from './complete'
import { parseQuery, type RunTest } from './parse'

/** Whether a query has a fault, or ends in a word that is on its way to a name. */
export function isDraft(text: string): boolean {
  return (
    parseQuery(text).error !== null ||
    completeQuery(text, text.length, []).length > 0 ||
    endsInName(text)
  )
}

const endsInName = (text: string): boolean => /(^|[\s(])[A-Za-z]\w*\.\w*$/.test(text)

/** The longest beginning of a query, up to an `and` or `or`, that can be asked; every run where there is none. */
export function soundPart(text: string): RunTest {
  const joins = [...text.matchAll(/\s(?:and|or)(?=\s|$)/gi)].map(({ index }) => index)
  for (const end of joins.reverse()) {
    const { test } = parseQuery(text.slice(0, end))
    if (test) return test
  }
  return () => true
}
