/** `npm run fixtures`: a library of made-up runs to try the page on, and for its tests. */
import { resolve } from 'node:path'
import { UserError } from '@shared/errors'
import { readArguments, usage } from './fixtures/arguments'
import { makeLibrary } from './fixtures/make'

async function main(words: readonly string[]): Promise<void> {
  const { help, library, ...options } = readArguments(words)
  if (help) return console.log(usage)
  const folder = resolve(library)
  const from = performance.now()
  const plan = await makeLibrary(folder, options, (line) => console.error(line))
  const seconds = ((performance.now() - from) / 1000).toFixed(1)
  console.log(`${plan.length} made-up runs in ${folder}, after ${seconds} s.`)
  console.log(`Look at them with: npx grokscope serve --runs ${folder}`)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const told = error instanceof UserError
  console.error(told ? `${error.message} ${error.hint}` : error)
  process.exitCode = told && error.code === 'usage' ? 2 : 1
})
