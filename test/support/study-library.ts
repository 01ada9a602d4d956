/** A library with a study whose runs are written down as trainers would have, without training anything. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunConfig } from '@shared/config'
import type { MetricValues, TrainerEventBody } from '@shared/events'
import { splitsOf } from '@shared/splits'
import type { StudyInput } from '@shared/study'
import { parseStudy } from '@shared/study-input'
import { planStudy, type Cell } from '@shared/study-plan'
import { hashConfig } from '../../src/main/server/config-hash'

export interface WrittenStudy {
  id: string
  cells: readonly Cell[]
  /** Run ids by the cell's key. */
  runs: Record<string, string>
}

export interface CellRecord {
  /** What is recorded at an evaluation; accuracies of splits that are left out are 0. */
  values: (step: number) => MetricValues
  /** Evaluations at these steps, rising. */
  steps: readonly number[]
  /** How it ended; null: it is still at work, as far as its record says. */
  outcome?: 'finished' | 'failed' | null
  reason?: string
}

/**
 * @param record what became of a cell; null: it was never started
 * @param id of the study
 */
export function writeStudyLibrary(
  library: string,
  input: StudyInput,
  record: (cell: Cell & { config: RunConfig }) => CellRecord | null,
  id = `${input.name}-0001`
): WrittenStudy {
  const study = parseStudy(input)
  const { cells } = planStudy(study, { preset: () => undefined, hash: hashConfig })
  mkdirSync(join(library, 'studies', id), { recursive: true })
  const file = { version: 1, id, createdAt: 1, archived: false, study }
  writeFileSync(join(library, 'studies', id, 'study.json'), JSON.stringify(file))
  const runs: Record<string, string> = {}
  for (const [i, cell] of cells.entries()) {
    if (!cell.config) continue
    const made = record({ ...cell, config: cell.config })
    if (!made) continue
    const run = `20260101-0000${String(i).padStart(2, '0')}-${String(i).padStart(4, '0')}`
    runs[cell.key] = run
    writeRun(library, run, { study: { id, cell: cell.key }, config: cell.config }, made)
  }
  return { id, cells, runs }
}

function writeRun(
  library: string,
  id: string,
  { study, config }: { study: { id: string; cell: string }; config: RunConfig },
  { values, steps, outcome = 'finished', reason }: CellRecord
): void {
  const folder = join(library, 'runs', id)
  mkdirSync(folder, { recursive: true })
  const order = {
    ...{ version: 1, id, name: study.cell, createdAt: 1, preset: null, study },
    ...{ configHash: hashConfig(config), engine: 'auto', color: 0, config }
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(order))
  const none = Object.fromEntries(
    splitsOf[config.dataset.kind].map(({ name }) => [`accuracy/${name}`, 0])
  )
  const bodies: TrainerEventBody[] = [
    {
      ...{ type: 'started', step: 0, steps: config.budget.steps, stepsPerEpoch: 5 },
      engine: { name: 'cpu', version: '1', detail: 'test engine' },
      ...{ parameterCount: 1234, datasetHash: String(config.seed % 10).repeat(64) }
    },
    ...steps.map((step) => ({
      ...{ type: 'metrics' as const, step, values: { ...none, ...values(step) } }
    })),
    ...(outcome === null
      ? []
      : [
          {
            ...{ type: 'ended' as const, step: steps.at(-1)!, outcome },
            ...(reason !== undefined && { reason })
          }
        ])
  ]
  const lines = bodies.map((body, i) =>
    JSON.stringify({ seq: i + 1, at: Date.UTC(2026, 0, 1, 0, 0, i), ...body })
  )
  writeFileSync(join(folder, 'events.jsonl'), `${lines.join('\n')}\n`)
}
