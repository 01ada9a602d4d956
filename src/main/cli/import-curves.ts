/** TensorBoard's event files become a run folder: curves alone, no checkpoint. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRunConfig } from '@shared/config-input'
import type { RunConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import type { TrainerEvent, TrainerEventBody } from '@shared/events'
import { readEventFiles } from '../tensorboard/reader'

/**
 * Writes the curves as the event lines of a run that has finished at their last step.
 * @param renamed what a tag is called here, by tag; others keep their names
 * @returns the run's configuration, whose budget ends there, and what a reader should know
 * @throws {UserError} `tensorboard.empty`, or `tensorboard.tag` for a name that is no tag of the files
 */
export function importCurves(
  source: string,
  folder: string,
  config: RunConfig,
  renamed: ReadonlyMap<string, string>
): { config: RunConfig; notes: string[] } {
  const { steps, notes } = readEventFiles(source)
  const tags = new Set(steps.flatMap(({ values }) => [...values.keys()]))
  for (const tag of renamed.keys()) {
    if (tags.has(tag)) continue
    throw new UserError(
      'tensorboard.tag',
      `No curve of ${source} is called "${tag}".`,
      `Curves are ${[...tags].slice(0, 30).join(', ')}.`
    )
  }
  const last = steps.at(-1)!
  const bodies: (TrainerEventBody & { at: number })[] = [
    ...steps.map(({ step, at, values }) => ({
      ...{ type: 'metrics' as const, step, at },
      values: Object.fromEntries([...values].map(([tag, x]) => [renamed.get(tag) ?? tag, x]))
    })),
    { type: 'ended', step: last.step, at: last.at, outcome: 'finished' }
  ]
  const lines = bodies.map(({ at, ...body }, i) => ({ seq: i + 1, at, ...body }) as TrainerEvent)
  writeFileSync(
    join(folder, 'events.jsonl'),
    lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  )
  const budget = { ...config.budget, steps: Math.max(1, last.step), stop: 'never' as const }
  return { config: parseRunConfig({ ...config, budget }), notes }
}
