import type { RunRow } from '@shared/contract'
import type { Crossing } from '@shared/milestones'
import { cellResults, countStates, stepText, type CellResult } from '@shared/study-results'
import { forkTrainer } from '../server/runners'
import { exitCodes, type Arguments, type Host } from './command'
import { awayText, followCluster, onCluster } from './cluster-follow'
import { openLibrary, type Library } from './library'
import { libraryFolder } from './library-folder'
import { countOption, studyOperand } from './study'
import { findStudy } from './study-source'

/** Trains what a study misses, here or on a cluster, until nothing is left. */
export async function runStudy(host: Host, args: Arguments): Promise<number> {
  const asJson = args.flag('json')
  const note = (text: string): void =>
    host.err(`${asJson ? JSON.stringify({ note: text }) : text}\n`)
  const parallel = countOption(args, 'parallel')
  const folder = libraryFolder(host, args)
  const id = await studyId(host, args, folder)
  const cluster = args.text('on')
  const library = await openLibrary(host, folder, {
    log: note,
    ...(cluster === undefined
      ? {
          startTrainer: host.startTrainer ?? forkTrainer(host.paths.trainer),
          takes: { study: id },
          ...(parallel !== undefined && { parallel })
        }
      : onCluster(host, args))
  })
  let closing: Promise<void> | undefined
  const letGo = host.onInterrupt(() => {
    if (closing) return
    note(
      cluster === undefined
        ? 'Interrupted: live runs write their checkpoints. The rest waits for the next time.'
        : awayText(cluster)
    )
    closing = library.server.close('The command was interrupted.')
  })
  try {
    const { split } = await library.request['studies.plan']({ id })
    const told = new Set<string>()
    const tell = (run: RunRow): void => {
      if (run.study?.id !== id) return
      // One that is extended ends again.
      if (!ended.has(run.state)) told.delete(run.id)
      if (told.has(run.id) || !ended.has(run.state)) return
      told.add(run.id)
      host.out(`${asJson ? jsonLine(run, split) : textLine(run, split)}\n`)
    }
    for (const run of await library.request['runs.list']({})) {
      if (ended.has(run.state)) told.add(run.id)
    }
    library.on('run.changed', tell)
    const cells = args.texts('cell')
    const { queued } = await library.request['studies.run']({
      id,
      again: args.flag('again'),
      ...(cluster !== undefined && { cluster }),
      ...(cells.length > 0 && { cells })
    })
    note(`Study ${id}: ${queued} ${queued === 1 ? 'run' : 'runs'} queued.`)
    if (cluster === undefined) await library.server.idle()
    else {
      const isOurs = ({ study }: RunRow): boolean => study?.id === id
      const all = await followCluster(library, cluster, isOurs, () => closing !== undefined, args)
      if (!all && !closing) return exitCodes.ok
    }
    if (closing) return exitCodes.interrupted
    const results = await resultsOf(library, id)
    // Events are hints, and the last of them may be under way.
    for (const { run } of results) if (run) tell(run)
    const counts = countStates(results)
    note(
      `Study ${id}: ${Object.entries(counts)
        .map(([state, count]) => `${count} ${state}`)
        .join(', ')}.`
    )
    return counts.failed || counts.interrupted ? exitCodes.failed : exitCodes.ok
  } finally {
    letGo()
    await (closing ?? library.server.close('The command ended.'))
  }
}

const ended: ReadonlySet<RunRow['state']> = new Set(['finished', 'stopped', 'failed'])

async function studyId(host: Host, args: Arguments, folder: string): Promise<string> {
  const log = (line: string): void => host.err(`${line}\n`)
  const looking = await openLibrary(host, folder, { startTrainer: null, takes: 'own', log })
  try {
    const studies = await looking.request['studies.list']({})
    return findStudy(studies, studyOperand(args, 'STUDY')).id
  } finally {
    await looking.server.close('The command ended.')
  }
}

/** A run that has ended, with what came of it. */
function jsonLine(run: RunRow, split: string | null): string {
  const { id, state, step } = run
  const generalised = generalisationOf(run, split)
  return JSON.stringify({ run: id, cell: run.study!.cell, state, step, generalised })
}

function textLine(run: RunRow, split: string | null): string {
  const { state, step, error } = run
  const generalised = stepText(generalisationOf(run, split))
  const came = generalised ? `, generalised ${generalised}` : ''
  const why = error ? `, ${error.split('\n')[0]}` : ''
  return `${run.study!.cell}: ${state} at step ${step.toLocaleString('en')}${came}${why}`
}

const generalisationOf = ({ milestones }: RunRow, split: string | null): Crossing | null =>
  milestones?.splits.find((entry) => entry.split === split)?.crossing ?? null

async function resultsOf({ request }: Library, id: string): Promise<CellResult[]> {
  const [plan, runs] = await Promise.all([
    request['studies.plan']({ id }),
    request['runs.list']({})
  ])
  return cellResults(plan, id, runs)
}
