import type { StudyRow } from '@shared/contract'
import {
  cellResults,
  countStates,
  delayText,
  stepText,
  type CellResult
} from '@shared/study-results'
import { judgeClaims } from '@shared/study-claims'
import { describePlateau } from '@shared/milestones'
import { listVerdicts } from './claims'
import { exitCodes, type Arguments, type Host } from './command'
import { cut, shortNumber, table } from './format'
import { lookInto } from './library'
import { forecastLines } from './study-create'
import { findStudy } from './study-source'

/** All studies, or the cells of one. */
export async function showStudies(host: Host, args: Arguments): Promise<number> {
  const [, name] = args.operands
  const asJson = args.flag('json')
  if (name === undefined) {
    const rows = await lookInto<StudyRow[]>(host, args, [], ({ request }) =>
      request['studies.list']({})
    )
    if (asJson) host.out(`${JSON.stringify(rows, null, 2)}\n`)
    else if (rows.length === 0)
      host.out('No studies yet. Plan one: grokscope study create PRESET\n')
    else host.out(listStudies(rows))
    return exitCodes.ok
  }
  const text = await lookInto(host, args, '', async ({ request }) => {
    const { id } = findStudy(await request['studies.list']({}), name)
    const plan = await request['studies.plan']({ id })
    const results = cellResults(plan, id, await request['runs.list']({}))
    const { study, forecast, split } = plan
    const claims = judgeClaims(study.claims, results, plan.standings)
    if (asJson) {
      const cells = results.map(forJson)
      const whole = { id, study, split, counts: countStates(results), forecast, cells, claims }
      return `${JSON.stringify(whole, null, 2)}\n`
    }
    const parts = [
      listCells(results),
      listVerdicts(claims),
      `${forecastLines(forecast).join('\n')}\n`
    ]
    return `${study.title} (${id})\n\n${parts.filter(Boolean).join('\n')}`
  })
  host.out(text)
  return exitCodes.ok
}

function listStudies(rows: readonly StudyRow[]): string {
  return table(
    ['ID', 'TITLE', 'CELLS', 'STATE', 'CREATED (UTC)'],
    rows.map(({ id, study, cells, counts, createdAt }) => [
      id,
      cut(study.title, 40),
      String(cells),
      Object.entries(counts)
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
      new Date(createdAt).toISOString().slice(0, 16).replace('T', ' ')
    ])
  )
}

function listCells(results: readonly CellResult[]): string {
  return table(
    ['CELL', 'STATE', 'STEP', 'MEMORISED', 'GENERALISED', 'DELAY', 'PLATEAU', 'RISE', 'RUN'],
    results.map(({ cell, state, run, memorisation, generalisation, delay, plateau, rise }) => [
      cell.key,
      state === 'refused' ? `refused: ${cell.issues[0]!.path} ${cell.issues[0]!.message}` : state,
      run ? run.step.toLocaleString('en') : '',
      stepText(memorisation),
      stepText(generalisation),
      delayText(delay),
      plateau ? describePlateau(plateau) : '',
      rise ? shortNumber(rise.to - rise.from) : '',
      run?.id ?? ''
    ])
  )
}

function forJson({ cell, run, ...result }: CellResult): Record<string, unknown> {
  return {
    ...cell,
    ...result,
    run: run?.id ?? null,
    step: run?.step ?? null,
    error: run?.error ?? null
  }
}
