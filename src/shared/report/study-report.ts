/** The report of a study: its question, what its runs say, how surely, and what it was all made with. */
import type { RunConfig } from '../config'
import type { PlannedStudy } from '../contract'
import type { Figure } from '../figure/figure'
import { phaseFigure, survivalFigure } from '../figure/study-figures'
import { riskTable } from '../figure/survival-figure'
import { compareGroups, type GroupStatistics } from '../statistics/group-comparison'
import {
  claimMedianText,
  standingText,
  verdictText,
  type ClaimGroup,
  type ClaimResult
} from '../study-claims'
import { phaseCells } from '../study-phase'
import {
  cellStates,
  countStates,
  groupingAxes,
  groupResults,
  type CellResult,
  type ResultGroup
} from '../study-results'
import { cellTable, groupRows, groupTable, pairTable } from '../study-tables'
import { laterText, ratioText, testText } from '../study-words'
import type { ReportBlock, ReportClaim, ReportDocument } from './document'
import { groundFindings, groundTable, type GroundGroup } from './ground'
import { methodsParagraphs } from './methods'
import { provenanceTable, resultsAsOf, settingsTable } from './provenance'

export interface StudyReportInput {
  id: string
  /** Of the program that writes. */
  version: string
  plan: Pick<PlannedStudy, 'study' | 'axes' | 'split'>
  /** Of each cell of the plan, in its order; null where it is refused. */
  configs: readonly (RunConfig | null)[]
  results: readonly CellResult[]
  claims: readonly ClaimResult[]
  /** Curves of the groups; null where nothing was recorded. */
  curves: Figure | null
}

export function studyReport(input: StudyReportInput): ReportDocument {
  const { id, version, plan, configs, results, claims, curves } = input
  const { study, axes, split } = plan
  const by = groupingAxes(axes)
  const groups = groupResults(results, by)
  const statistics = compareGroups(groups)
  const trained = configs.filter((config) => config !== null)
  return {
    title: study.title,
    facts: [
      `Study ${id}, written by Grokscope ${version}.`,
      `${results.length.toLocaleString('en')} ${results.length === 1 ? 'cell' : 'cells'}: ${statesText(results)}. ${resultsAsOf(results)}`
    ],
    blocks: [
      ...questionBlocks(plan),
      ...claimBlocks(claims),
      ...resultBlocks(plan, results, groups, statistics),
      ...(curves ? [{ kind: 'figure' as const, name: 'curves', figure: curves }] : []),
      ...groundBlocks(input, groups),
      heading('Methods'),
      ...methodsParagraphs({
        ...{ configs: trained, axes, split, compared: statistics.pairs.length > 0 },
        extension: study.extend
          ? { rule: study.extend, extended: results.filter(isExtended).length }
          : null
      }).map(paragraph),
      heading('Every cell'),
      { kind: 'table', table: cellTable(results, study.title) },
      heading('Provenance'),
      ...provenanceBlocks(results, trained)
    ]
  }
}

/** Given more steps than its config says. */
const isExtended = ({ run }: CellResult): boolean =>
  run !== null && run.steps > ((run.config['budget'] as { steps?: number } | undefined)?.steps ?? 0)

const heading = (text: string): ReportBlock => ({ kind: 'heading', text })
const paragraph = (text: string): ReportBlock => ({ kind: 'paragraph', text })

const statesText = (results: readonly CellResult[]): string => {
  const counts = countStates(results)
  return cellStates
    .flatMap((state) => (counts[state] ? `${counts[state]!.toLocaleString('en')} ${state}` : []))
    .join(', ')
}

function questionBlocks({ study }: StudyReportInput['plan']): ReportBlock[] {
  const { question, summary } = study
  if (!question && !summary) return []
  return [
    heading('Question'),
    ...[question, summary].flatMap((text) => (text ? paragraph(text) : []))
  ]
}

function claimBlocks(claims: readonly ClaimResult[]): ReportBlock[] {
  if (claims.length === 0) return []
  const stale = claims.filter(({ standing }) => standing?.state === 'stale').length
  return [
    heading('Claims'),
    paragraph(
      `Each claim is bound to a test of its runs, at its own alpha, not corrected for the others.${
        stale > 0
          ? ` ${stale === 1 ? 'One is' : `${stale} are`} stale: runs have changed since its verdict was recorded.`
          : ''
      }`
    ),
    { kind: 'claims', claims: claims.map(reportClaim) }
  ]
}

function reportClaim(result: ClaimResult): ReportClaim {
  const { claim, first, second, test, hazardRatio, meanDifference, standing } = result
  const held = Object.entries(claim.where).map(([axis, label]) => `${axis} ${label}`)
  const effects = [
    ...(hazardRatio ? [`hazard ratio ${ratioText(hazardRatio)}`] : []),
    ...(meanDifference ? [laterText(meanDifference)] : [])
  ].join('; ')
  const said = standingText(result)
  return {
    sentence: `${claim.sentence}${held.length > 0 ? ` (at ${held.join(', ')})` : ''}`,
    verdict: verdictText(result),
    stale: standing?.state === 'stale',
    evidence: [
      `${claimGroupText(first)}; ${claimGroupText(second)}.`,
      ...(effects ? [`${claim.second} against ${claim.first}: ${effects}.`] : []),
      ...(test ? [`Log-rank ${testText(test)}; alpha ${claim.alpha}.`] : []),
      ...(said ? [`${said[0]!.toUpperCase()}${said.slice(1)}.`] : []),
      ...(standing ? [`Hash of these results: ${standing.evidence.slice(0, 16)}.`] : [])
    ]
  }
}

function claimGroupText(group: ClaimGroup): string {
  const { label, runs, events, failures, unfinished } = group
  const median = claimMedianText(group)
  return [
    `${label}: ${events} of ${runs} ${runs === 1 ? 'run' : 'runs'} generalised`,
    ...(median ? [`median step ${median}`] : []),
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(unfinished > 0 ? [`${unfinished} unfinished`] : [])
  ].join(', ')
}

function resultBlocks(
  { study, axes, split }: StudyReportInput['plan'],
  results: readonly CellResult[],
  groups: readonly ResultGroup[],
  statistics: GroupStatistics
): ReportBlock[] {
  if (statistics.groups.length === 0) {
    return [heading('Results'), paragraph('No run has been evaluated yet.')]
  }
  const filled = groups.filter(({ lifetimes }) => lifetimes.length > 0)
  const survival = survivalFigure(
    {
      ...{ title: `Generalised on ${split ?? 'no split'}`, yLabel: 'fraction of runs' },
      ...{ groups: statistics.groups, xScale: 'log', bands: true }
    },
    (at) => riskTable(filled, at)
  )
  const phase = phaseOf(study.title, axes, results)
  return [
    heading('Results'),
    { kind: 'table', table: groupTable(groupRows(groups, statistics), statistics) },
    ...(statistics.pairs.length > 0
      ? [{ kind: 'table' as const, table: pairTable(statistics) }]
      : []),
    { kind: 'figure', name: 'survival', figure: survival },
    ...(phase ? [{ kind: 'figure' as const, name: 'phase', figure: phase }] : [])
  ]
}

/** Over the first two axes that are no seeds; none where there is no such axis. */
function phaseOf(
  title: string,
  axes: StudyReportInput['plan']['axes'],
  results: readonly CellResult[]
): Figure | null {
  const [x, y = null] = axes.filter(({ isSeeds }) => !isSeeds)
  if (!x) return null
  const measure = 'generalised'
  const cells = phaseCells(results, x, y, measure)
  return phaseFigure({ title, quantity: 'share that generalised', measure, cells, x, y })
}

function groundBlocks(
  { plan, configs, results }: StudyReportInput,
  groups: readonly ResultGroup[]
): ReportBlock[] {
  const byKey = new Map(results.map((result, i) => [result.cell.key, configs[i] ?? null]))
  const members = groups.flatMap(({ key, labels, results: own }): GroundGroup[] => {
    const config = own.flatMap(({ cell }) => byKey.get(cell.key) ?? [])[0]
    return config ? [{ label: key, labels, config, result: own.find(({ run }) => run) }] : []
  })
  if (members.length === 0) return []
  const { findings, confounds, differences } = groundFindings(plan.study, members)
  return [
    heading('Common ground'),
    paragraph(
      members.length === 1
        ? 'All cells differ in their seed alone.'
        : confounds === 0
          ? 'Nothing that is known to confound such comparisons differs between the groups besides the question.'
          : `${confounds === 1 ? 'One thing' : `${confounds} things`} besides the question could explain differences between the groups.`
    ),
    ...(findings.length > 0 ? [{ kind: 'list' as const, items: findings }] : []),
    { kind: 'table', table: groundTable(members) },
    ...(differences ? [{ kind: 'table' as const, table: differences }] : [])
  ]
}

function provenanceBlocks(
  results: readonly CellResult[],
  configs: readonly RunConfig[]
): ReportBlock[] {
  const seeds = [...new Set(configs.map(({ seed }) => seed))]
  const engines = new Set(results.flatMap(({ run }) => run?.engine?.detail ?? []))
  const hashes = new Set(results.flatMap(({ run }) => run?.datasetHash ?? []))
  return [
    paragraph(
      [
        `Seeds: ${seeds.join(', ') || 'none'}.`,
        `Engines: ${[...engines].join('; ') || 'none recorded yet'}.`,
        `${hashes.size.toLocaleString('en')} different ${hashes.size === 1 ? 'data set' : 'data sets'}.`
      ].join(' ')
    ),
    { kind: 'table', table: provenanceTable(results) },
    ...(configs.length > 0 ? [{ kind: 'table' as const, table: settingsTable(configs) }] : [])
  ]
}
