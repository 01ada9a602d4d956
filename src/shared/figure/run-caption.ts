/** What a reader must be told under the curves of one run. */
import { familyNames, datasetNames } from '../config'
import { valueAt } from '../config-input'
import type { RunRow } from '../contract'
import type { Panel } from './figure'

/** "Accuracy and loss of one run (mini, seed 1; Comparison, GPT-2, 1,234 parameters) over 2,500 steps. ..." */
export function runCaption(
  run: Pick<RunRow, 'name' | 'config' | 'parameterCount' | 'step'>,
  panels: readonly Panel[]
): string {
  const text = (path: string): string => String(valueAt(run.config, path.split('.')) ?? '')
  const nameIn = (names: Readonly<Record<string, string>>, key: string): string => names[key] ?? key
  const facts = [
    nameIn(datasetNames, text('dataset.kind')),
    nameIn(familyNames, text('model.family')),
    run.parameterCount === null ? '' : `${run.parameterCount.toLocaleString('en')} parameters`
  ]
  const titles = listed(panels.map(({ title }, i) => (i === 0 ? title : lowerFirst(title))))
  const seed = text('seed')
  const what = [run.name, seed && `seed ${seed}`].filter(Boolean).join(', ')
  const notes = panels.flatMap((panel) =>
    panel.notes.map((note) => (panels.length > 1 ? `${panel.title}: ${note}` : upperFirst(note)))
  )
  const reduced = notes.some((note) => note.includes(' of '))
  const sentences = [
    `${titles} of one run (n = 1; ${what}; ${facts.filter(Boolean).join(', ')}) over ${run.step.toLocaleString('en')} steps`,
    ...notes,
    ...(reduced
      ? [
          'Where points are left out, those shown are the first, last, lowest and highest of each column of the chart'
        ]
      : [])
  ]
  return `${sentences.join('. ')}.`
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)
const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
