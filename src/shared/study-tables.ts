/** The tables of a study as they are shown, as data for files, and the words of their cells. */
import { describePlateau } from './milestones'
import type { GroupStatistics, PairComparison } from './statistics/group-comparison'
import { delayText, stepText, type CellResult, type ResultGroup } from './study-results'
import { differenceText, intervalText, medianText, pText, ratioText, testText } from './study-words'
import type { TableColumn, TableData } from './table-data'

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
    return {
      ...group,
      median: own ? medianText(own) : '',
      interval: own ? intervalText(own) : ''
    }
  })

/** The test over all groups in a sentence. */
export const overallText = ({ test }: GroupStatistics): string =>
  test
    ? `Log-rank test over all groups: ${testText(test)}`
    : 'Nothing to test: fewer than two groups with an event.'

/** What the numbers of pairs and claims mean. */
export const effectNote =
  'Hazard ratio above 1: generalises sooner. Steps: difference of restricted means. Both with 95 % intervals.'

/** A pair in the words of its row, from left to right. */
export function pairTexts(pair: PairComparison): [name: string, ...values: string[]] {
  const { first, second, test, adjustedP, hazardRatio: ratio, meanDifference: later } = pair
  return [
    `${second} against ${first}`,
    ...[bareP(test?.p ?? null), bareP(adjustedP)],
    ratio ? ratioText(ratio) : '',
    later ? differenceText(later) : ''
  ]
}

const bareP = (p: number | null): string => (p === null ? '' : pText(p).replace(/^p (= )?/, ''))

const column = (name: string, label: string, type: TableColumn['type'] = 'text'): TableColumn => ({
  ...{ name, label, type }
})

export const groupTable = (rows: readonly GroupRow[], statistics: GroupStatistics): TableData => ({
  title: 'Statistics',
  caption: `${overallText(statistics).replace(/\.$/, '')}. Medians with 95 % intervals (Kaplan-Meier); >: not reached by the last evaluation.`,
  columns: [
    ...[column('group', 'Group'), column('runs', 'Runs', 'number')],
    ...[column('generalised', 'Generalised', 'number'), column('failed', 'Failed', 'number')],
    ...[column('median_step', 'Median step'), column('interval', '95 % interval')]
  ],
  rows: rows.map(({ key, runs, events, failures, median, interval }) => [
    ...[key, runs, events, failures, median || null, interval || null]
  ])
})

export const pairTable = (statistics: GroupStatistics): TableData => ({
  title: 'Statistics by pair',
  caption: `${overallText(statistics).replace(/\.$/, '')}. p by permutation, Holm-corrected for the pairs. ${effectNote}`,
  columns: [
    ...[column('pair', 'Pair'), column('p', 'p'), column('p_holm', 'p (Holm)')],
    ...[column('hazard_ratio', 'Hazard ratio'), column('later_by_steps', 'Later by, steps')]
  ],
  rows: statistics.pairs.map((pair) => pairTexts(pair).map((text) => text || null))
})

/** @param results the cells that are selected, all of them, however many the page draws */
export function cellTable(results: readonly CellResult[], title: string): TableData {
  const n = results.length
  return {
    title: `${title} cells`,
    caption: `${title}: ${n.toLocaleString('en')} ${n === 1 ? 'cell' : 'cells'}. Generalised: step at which the study’s split stays above its threshold; > step: not by then.`,
    columns: [
      ...[column('cell', 'Cell'), column('state', 'State'), column('step', 'Step', 'number')],
      ...[column('memorised', 'Memorised'), column('generalised', 'Generalised')],
      ...[column('delay', 'Delay'), column('plateau', 'Plateau'), column('rise', 'Rise', 'number')]
    ],
    rows: results.map(
      ({ cell, state, run, memorisation, generalisation, delay, plateau, rise }) => [
        ...[cell.key, state, run?.step ?? null],
        ...[stepText(memorisation) || null, stepText(generalisation) || null],
        ...[delayText(delay) || null, plateau ? describePlateau(plateau) : null],
        rise ? rise.to - rise.from : null
      ]
    )
  }
}
