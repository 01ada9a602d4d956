/** What goes into a pack: the files of runs at rest, their study, and figures of both. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { RunRow } from '@shared/contract'
import type { PackCheckpoints } from '@shared/pack'
import type { PackFile } from '../packs/write-pack'
import type { PackedRun } from '../packs/manifest'
import { checkpointStep, isMemberName } from '../packs/members'
import { listCheckpoints } from './checkpoint-folders'
import { hashConfig } from './config-hash'
import { readJson, RunFile } from './folders'

export interface PackedRunFiles {
  run: PackedRun
  files: PackFile[]
  checkpoints: number
  notes: string[]
}

/**
 * @param folder of the run; nothing may be writing in it
 * @throws where its config.json cannot be read, which is a fault of ours or of the disk
 */
export function packRun(row: RunRow, folder: string, choice: PackCheckpoints): PackedRunFiles {
  const file = readJson(join(folder, 'config.json'), RunFile)
  if (!file) throw new Error(`${folder} has no readable config.json`)
  const inside = `runs/${row.id}`
  const asFile = (name: string): PackFile => ({
    name: `${inside}/${name}`,
    content: { file: join(folder, name) }
  })
  const files: PackFile[] = [
    // Where it lay on this machine concerns nobody else.
    { name: `${inside}/config.json`, content: json(withoutPaths(file)) },
    ...['label.json', 'extension.json', 'events.jsonl']
      .filter((name) => existsSync(join(folder, name)))
      .map(asFile)
  ]
  const chosen = chooseCheckpoints(row, folder, choice)
  for (const step of chosen.steps) {
    const name = `checkpoints/step-${String(step).padStart(9, '0')}`
    const members = readdirSync(join(folder, name)).map((entry) => asFile(`${name}/${entry}`))
    files.push(...members.filter((member) => isMemberName(member.name)))
  }
  return {
    run: {
      id: row.id,
      name: row.name,
      state: row.state,
      step: row.step,
      steps: row.steps,
      seed: typeof row.config['seed'] === 'number' ? row.config['seed'] : 0,
      configHash: hashConfig(file.config),
      datasetHash: row.datasetHash,
      engine: row.engine
    },
    files,
    checkpoints: new Set(files.flatMap(({ name }) => checkpointStep(name) ?? [])).size,
    notes: chosen.notes
  }
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

const withoutPaths = (file: RunFile): RunFile => ({
  ...file,
  configHash: hashConfig(file.config),
  ...(file.origin && { origin: { ...file.origin, source: basename(file.origin.source) } })
})

function chooseCheckpoints(
  row: RunRow,
  folder: string,
  choice: PackCheckpoints
): { steps: number[]; notes: string[] } {
  const there = listCheckpoints(folder)
  const steps = there.map(({ step }) => step)
  const wanted = new Set<number>()
  // A fork cannot be trained again without what it began at.
  if (row.parent && steps.includes(row.parent.step)) wanted.add(row.parent.step)
  const last = steps.at(-1)
  if (choice !== 'none' && last !== undefined) wanted.add(last)
  if (choice === 'all') for (const step of steps) wanted.add(step)
  if (choice === 'events') {
    for (const { step, kept } of there) if (kept !== null) wanted.add(step)
    for (const at of eventSteps(row)) {
      const next = steps.find((step) => step >= at)
      if (next !== undefined) wanted.add(next)
    }
  }
  const lost = row.parent && !steps.includes(row.parent.step)
  return {
    steps: steps.filter((step) => wanted.has(step)),
    notes: lost ? [`Run ${row.id} lacks the checkpoint that it was forked at.`] : []
  }
}

function eventSteps({ milestones }: RunRow): number[] {
  const crossings = [
    milestones?.memorisation,
    ...(milestones?.splits ?? []).map(({ crossing }) => crossing)
  ]
  return crossings.flatMap((crossing) => (crossing?.state === 'reached' ? [crossing.step] : []))
}
