import { commonGround } from '@shared/common-ground'
import { RunConfig } from '@shared/config'
import { listFields } from '@shared/config-fields'
import { valueAt } from '@shared/config-input'
import type { RunRow, Series } from '@shared/contract'
import type { StepCost } from '@shared/model-cost'
import { describeOrigin } from '@shared/origin'
import { exitCodes, jsonOption, type Verb } from './command'
import { duration, shortNumber, sparkline } from './format'
import { listMilestones, milestonesHelp } from './milestones'

/** Points per curve: the server gives the first, last, lowest and highest of each of so many columns. */
const columns = 1000

export const show: Verb = {
  name: 'show',
  operands: 'RUN',
  summary: 'show a run: its config, state, milestones, values and curves so far',
  details: `RUN is a run's id, the beginning of it, or the run's name.
With --json: the run as in "runs --json", commonGround: one {key, label, value, note} per known confound, and curves: {METRIC: {points: [[step, value], ...], total}}, where total
counts the recorded points. All of them are in events.jsonl of the run's folder.
${milestonesHelp}`,
  options: { json: jsonOption },
  async run(host, args) {
    const { findRun, lookInto } = await import('./library')
    const name = args.operands[0]!
    const found = await lookInto(host, args, undefined, async ({ request, folder }) => {
      const run = findRun(await request['runs.list']({}), name)
      const names = Object.keys(run.last)
      const series: Series[] = []
      for (let i = 0; i < names.length; i += 100) {
        const some = names.slice(i, i + 100)
        series.push(...(await request['metrics.series']({ id: run.id, names: some, columns })))
      }
      return { run, series, folder: folder(run) }
    })
    // Without a library there are no runs: say so as for any unknown one.
    if (!found) return findRun([], name) && exitCodes.usage
    const { run, series, folder } = found
    if (args.flag('json')) {
      const curves = Object.fromEntries(
        series.map((s) => [s.name, { points: s.points, total: s.total }])
      )
      const config = RunConfig.safeParse(run.config)
      const ground = config.success ? commonGround(config.data) : []
      host.out(`${JSON.stringify({ ...run, folder, commonGround: ground, curves }, null, 2)}\n`)
    } else {
      host.out(describeRun(run, series, folder))
    }
    return exitCodes.ok
  }
}

function describeRun(run: RunRow, series: readonly Series[], folder: string): string {
  const facts: [string, string][] = [
    ['id', run.id],
    [
      'state',
      run.state + (run.trashed ? ', in the trash' : '') + (run.archived ? ', archived' : '')
    ],
    ['step', `${run.step} of ${run.steps}`],
    ['folder', folder],
    ['origin', run.origin ? describeOrigin(run.origin) : ''],
    ['preset', run.preset ?? ''],
    ['task', tagsOf(run.config)],
    ['engine', run.engine ? run.engine.detail : ''],
    ['chosen', run.engine?.chosen ?? ''],
    ['parameters', run.parameterCount?.toLocaleString('en') ?? ''],
    ['a step', run.cost ? stepText(run.cost) : ''],
    ['data set', run.datasetHash ?? ''],
    ['created', new Date(run.createdAt).toISOString()],
    ['took', run.startedAt && run.endedAt ? duration(run.endedAt - run.startedAt) : ''],
    ['checkpoint', run.lastCheckpoint === null ? '' : `step ${run.lastCheckpoint}`],
    ['error', run.error ?? '']
  ]
  const lines = [
    run.name,
    ...facts.filter(([, text]) => text).map(([k, text]) => `  ${k.padEnd(12)}${text}`)
  ]
  if (run.milestones) lines.push('', ...listMilestones(run.milestones))
  if (series.length > 0) {
    lines.push('', 'Last values, and the curve over the logarithm of the step')
    for (const { name, points } of series) {
      const range = name.startsWith('accuracy/') ? ([0, 1] as const) : undefined
      const value = shortNumber(points.at(-1)?.[1])
      lines.push(`  ${name.padEnd(28)}${value.padStart(9)}  ${sparkline(points, 40, range)}`)
    }
  }
  lines.push('', 'Settings that differ from the defaults', ...changedSettings(run.config))
  return `${lines.join('\n')}\n`
}

const stepText = ({ flopsPerStep, examplesPerStep, tokensPerStep }: StepCost): string =>
  `${flopsPerStep.toExponential(2)} FLOP, ${shortNumber(examplesPerStep)} examples, ${shortNumber(tokensPerStep)} tokens`

const tagsOf = (config: unknown): string =>
  [valueAt(config, ['dataset', 'kind']), valueAt(config, ['model', 'family'])].join(', ')

/** As `--set` would write them; the defaults are those of the run's own kind of data and model family. */
function changedSettings(config: unknown): string[] {
  const tagged = (path: string[]): string => String(valueAt(config, path))
  const [kind, family] = [tagged(['dataset', 'kind']), tagged(['model', 'family'])]
  const changed = listFields(kind, family)
    .map((field) => ({ ...field, value: valueAt(config, field.path.split('.')) }))
    .filter(({ value, default: usual }) => value !== usual)
    .map(({ path, value }) => `  ${path}=${JSON.stringify(value)}`)
  return changed.length > 0 ? changed : ['  none']
}
