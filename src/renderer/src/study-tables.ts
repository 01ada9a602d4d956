/** The tables of a study as they are shown, as data for files, and the words of their cells. */
import { describePlateau } from '@shared/milestones'
import type { GroupStatistics, PairComparison } from '@shared/statistics/group-comparison'
import { delayText, stepText, type CellResult, type ResultGroup } from '@shared/study-results'
import type { TableColumn, TableData } from '@shared/table-data'
import { formatCount, formatMetric } from './format'
import { texts } from './texts'

const t = texts.studies.statistics

export interface GroupRow extends ResultGroup {
  /** As it is shown: "12,000", "> 20,000" where it is not reached. */
  median: string
  interval: string
}

export const groupRows = (
  groups: readonly ResultGroup[],
  statistics: GroupStatistics
): GroupRow[] =>
  groups.map((group) => {
    const own = statistics.groups.find(({ key }) => key === group.key)
    const [median, last] = [own?.median, own?.curve.at(-1)?.step]
    return {
      ...group,
      median:
        !median || last === undefined
          ? ''
          : median.step === null
            ? `> ${formatCount(last)}`
            : formatCount(median.step),
      interval:
        median && median.low !== null
          ? t.to(
              formatCount(median.low),
              median.high === null ? t.unknown : formatCount(median.high)
            )
          : ''
    }
  })

const pText = (p: number): string => (p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`)

/** The test over all groups in a sentence. */
export const overallText = ({ test }: GroupStatistics): string =>
  test ? t.overall(test.chiSquare.toFixed(2), test.df, pText(test.p)) : t.nothing

/** A pair in the words of its row, from left to right. */
export function pairTexts(pair: PairComparison): [name: string, ...values: string[]] {
  const { adjustedP: p, hazardRatio: ratio, meanDifference: later } = pair
  const steps = (value: number): string => formatCount(Math.round(value))
  return [
    t.against(pair.second, pair.first),
    p === null ? '' : p < 0.001 ? '< 0.001' : p.toFixed(3),
    ratio
      ? `${formatMetric(ratio.ratio)} (${t.to(formatMetric(ratio.low), formatMetric(ratio.high))})`
      : '',
    later ? `${steps(later.steps)} (${t.to(steps(later.low), steps(later.high))})` : ''
  ]
}

const column = (name: string, label: string, type: TableColumn['type'] = 'text'): TableColumn => ({
  ...{ name, label, type }
})

export const groupTable = (rows: readonly GroupRow[], statistics: GroupStatistics): TableData => ({
  title: t.title,
  caption: `${overallText(statistics).replace(/\.$/, '')}. Medians with 95 % intervals (Kaplan-Meier); >: not reached by the last evaluation.`,
  columns: [
    ...[column('group', t.group), column('runs', t.runs, 'number')],
    ...[column('generalised', t.events, 'number'), column('failed', t.failed, 'number')],
    ...[column('median_step', t.median), column('interval', t.interval)]
  ],
  rows: rows.map(({ key, runs, events, failures, median, interval }) => [
    ...[key, runs, events, failures, median || null, interval || null]
  ])
})

export const pairTable = (statistics: GroupStatistics): TableData => ({
  title: t.pairs,
  caption: `${overallText(statistics).replace(/\.$/, '')}. ${t.note}`,
  columns: [
    ...[column('pair', t.pair), column('p_holm', t.holm)],
    ...[column('hazard_ratio', t.hazard), column('later_by_steps', t.later)]
  ],
  rows: statistics.pairs.map((pair) => pairTexts(pair).map((text) => text || null))
})

/** @param results the cells that are selected, all of them, however many the page draws */
export function cellTable(results: readonly CellResult[], title: string): TableData {
  const { columns: heads, columnHelp: help, cellsTitle } = texts.studies
  return {
    title: `${title} ${cellsTitle.toLowerCase()}`,
    caption: `${title}: ${texts.studies.cells(results.length)}. ${heads.generalised}: ${help.generalised}.`,
    columns: [
      ...[column('cell', heads.cell), column('state', heads.state)],
      ...[column('step', heads.step, 'number'), column('memorised', heads.memorised)],
      ...[column('generalised', heads.generalised), column('delay', heads.delay)],
      ...[column('plateau', heads.plateau), column('rise', heads.rise, 'number')]
    ],
    rows: results.map(
      ({ cell, state, run, memorisation, generalisation, delay, plateau, rise }) => [
        ...[cell.key, texts.studies.states[state], run?.step ?? null],
        ...[stepText(memorisation) || null, stepText(generalisation) || null],
        ...[delayText(delay) || null, plateau ? describePlateau(plateau) : null],
        rise ? rise.to - rise.from : null
      ]
    )
  }
}
