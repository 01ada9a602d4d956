import type { RunRow } from '@shared/contract'
import { datasetKind } from '@shared/dataset-config'
import { paperRuns, wholeRuns } from '@shared/runs-table'
import { splitsOf, type SplitRole } from '@shared/splits'
import { exitCodes, jsonOption, type Verb } from './command'
import { cut, shortNumber, table } from './format'

export const runs: Verb = {
  name: 'runs',
  operands: '',
  summary: 'list the runs of the library',
  details: `With --json: an array of runs, the newest first, each with id, name, state, step, steps, last (last value of
each metric), milestones (see "show --help"), folder, createdAt (Unix milliseconds), config and more.`,
  options: {
    all: { type: 'boolean', help: 'Also those that are archived or in the trash.' },
    json: jsonOption,
    csv: { type: 'boolean', help: 'Everything that is known of each run, as CSV.' },
    latex: {
      type: 'boolean',
      help: 'A table for a paper: what tells the runs apart, and what came of them.'
    },
    best: { type: 'boolean', help: 'With --latex: the best of each column in bold.' }
  },
  async run(host, args) {
    const { lookInto } = await import('./library')
    const rows = await lookInto<(RunRow & { folder: string })[]>(
      host,
      args,
      [],
      async (library) => {
        const all = await library.request['runs.list']({})
        return all
          .filter((run) => args.flag('all') || !(run.archived || run.trashed))
          .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
          .map((run) => ({ ...run, folder: library.folder(run) }))
      }
    )
    if (args.flag('csv') || args.flag('latex')) {
      const { writeCsv } = await import('../figures/table-files')
      const { writeLatexTable } = await import('../figures/latex-table')
      const options = { best: args.flag('best'), digits: 4 }
      host.out(
        args.flag('csv') ? writeCsv(wholeRuns(rows)) : writeLatexTable(paperRuns(rows), options)
      )
    } else if (args.flag('json')) host.out(`${JSON.stringify(rows, null, 2)}\n`)
    else if (rows.length === 0)
      host.out('No runs yet. Start one: grokscope train comparison-mini\n')
    else host.out(listRuns(rows))
    return exitCodes.ok
  }
}

/** A column holds the first split of these roles that a run has: kinds of data without an OOD test have one test. */
const accuracies: readonly (readonly [heading: string, roles: readonly SplitRole[]])[] = [
  ['train', ['train']],
  ['IID', ['iid']],
  ['OOD/test', ['ood', 'test']]
]

function accuracy({ config, last }: RunRow, roles: readonly SplitRole[]): string {
  const split = splitsOf[datasetKind(config)].find(
    ({ name, role }) => roles.includes(role) && `accuracy/${name}` in last
  )
  return split ? shortNumber(last[`accuracy/${split.name}`]) : '-'
}

function listRuns(rows: readonly RunRow[]): string {
  const head = [
    'ID',
    'NAME',
    'STATE',
    'STEP',
    'OF',
    ...accuracies.map(([label]) => label),
    'CREATED (UTC)'
  ]
  return table(
    head,
    rows.map((run) => [
      run.id,
      cut(run.name, 40),
      run.trashed ? `${run.state}, in trash` : run.archived ? `${run.state}, archived` : run.state,
      String(run.step),
      String(run.steps),
      ...accuracies.map(([, roles]) => accuracy(run, roles)),
      new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ')
    ])
  )
}
