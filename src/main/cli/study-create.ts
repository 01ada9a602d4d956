import { ruleText } from '@shared/budget-words'
import type { PlannedStudy, StudyForecast } from '@shared/contract'
import { readStudyPresets } from '../server/presets'
import { exitCodes, type Arguments, type Host } from './command'
import { bytes, durationRange } from './format'
import { openLibrary } from './library'
import { libraryFolder } from './library-folder'
import { studyOperand } from './study'
import { chooseStudy } from './study-source'

/** Plans a study and, unless --dry, stores it. */
export async function createStudy(host: Host, args: Arguments): Promise<number> {
  const log = (line: string): void => host.err(`${line}\n`)
  const presets = readStudyPresets(host.paths.studies, log)
  const name = studyOperand(args, 'FILE|PRESET')
  // Refused before a library is made for it.
  const study = chooseStudy(name, args.texts('set'), presets)
  const folder = libraryFolder(host, args)
  const library = await openLibrary(host, folder, { startTrainer: null, takes: 'own', log })
  try {
    const planned = await library.request['studies.plan']({ study })
    const made = args.flag('dry') ? null : await library.request['studies.create']({ study })
    const id = made?.id ?? null
    const refused = planned.cells.filter(({ hash }) => hash === null)
    if (args.flag('json')) {
      const { forecast, cells } = planned
      host.out(`${JSON.stringify({ id, cells: cells.length, refused, forecast }, null, 2)}\n`)
    } else {
      host.out(describePlan(planned))
      if (id) host.out(`\nStudy ${id} is stored. Train it: grokscope study run ${id}\n`)
    }
    return exitCodes.ok
  } finally {
    await library.server.close('The command ended.')
  }
}

function describePlan({ study, axes, cells, split, forecast }: PlannedStudy): string {
  const refused = cells.filter(({ hash }) => hash === null)
  const lines = [
    study.title,
    ...(study.question ? [`  ${study.question}`] : []),
    '',
    ...axes.map(({ name, points }) => `  ${name}: ${points.map(({ label }) => label).join(', ')}`),
    `  ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}${split ? `; the event is generalisation on ${split}` : ''}`,
    ...refused.map(
      ({ key, issues }) =>
        `  refused: ${key}: ${issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`
    ),
    ...(study.extend ? [`  ${ruleText(study.extend)}`] : []),
    '',
    ...forecastLines(forecast)
  ]
  return `${lines.join('\n')}\n`
}

/** Time, disk, and what they were told from. */
export function forecastLines({
  cells,
  timeMs,
  steps,
  diskBytes,
  freeBytes,
  basis
}: StudyForecast): string[] {
  if (cells === 0) return ['  Nothing is left to train.']
  const free = freeBytes === null ? '' : ` (${bytes(freeBytes)} free)`
  return [
    `  To train: ${cells} ${cells === 1 ? 'run' : 'runs'}, ${stepsText(steps)} steps${timeMs ? `, about ${durationRange(timeMs)}` : ''}, checkpoints ${bytes(diskBytes)}${free}`,
    `  ${basis}`
  ]
}

function stepsText([low, high]: readonly [number, number]): string {
  const [from, to] = [low.toLocaleString('en'), high.toLocaleString('en')]
  return from === to ? from : `${from} to ${to}`
}
