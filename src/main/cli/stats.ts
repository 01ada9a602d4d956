import { UserError } from '@shared/errors'
import { cellResults, groupingAxes, groupResults } from '@shared/study-results'
import { judgeClaims } from '@shared/study-claims'
import { aggregate } from '@shared/statistics/aggregate'
import { compareGroups, type GroupStatistics } from '@shared/statistics/group-comparison'
import type { MedianStep } from '@shared/statistics/survival'
import { describeClaims } from './claims'
import { exitCodes, jsonOption, type Verb } from './command'
import { shortNumber, table } from './format'
import { findStudy } from './study-source'

export const stats: Verb = {
  name: 'stats',
  operands: 'STUDY',
  summary: 'when the groups of a study generalise: medians, tests, effect sizes',
  details: `The event of a run is its generalisation on the study's split; a run without it is censored at its last evaluation and
shown as "> STEP". Medians come from Kaplan-Meier curves with 95 % intervals (Greenwood, log-log); groups are compared
by the log-rank test, with Holm's correction for pairs, and each pair has its hazard ratio and the difference of
restricted mean steps, with 95 % intervals. Failed runs are counted and left out. The study's claims
are judged last: supported, contradicted, or not decided and why; provisional while cells that they need are unfinished.
With --json: {study, split, by, groups: [{key, runs, events, failures, median, curve, delay, plateau}], test, pairs,
claims: [{claim, verdict, reason, provisional, first, second, test, hazardRatio, meanDifference}]}.`,
  options: {
    by: {
      type: 'string',
      multiple: true,
      value: 'AXIS',
      help: 'Group by this axis (default: all but the seeds). May be repeated.'
    },
    json: jsonOption
  },
  async run(host, args) {
    const { lookInto } = await import('./library')
    const found = await lookInto(host, args, undefined, async ({ request }) => {
      const { id } = findStudy(await request['studies.list']({}), args.operands[0]!)
      const plan = await request['studies.plan']({ id })
      return { id, plan, results: cellResults(plan, id, await request['runs.list']({})) }
    })
    // Throws: without a library there is no such study.
    if (!found) return findStudy([], args.operands[0]!) && exitCodes.failed
    const { id, plan, results } = found
    const names = plan.axes.map(({ name }) => name)
    const by = args.texts('by')
    for (const axis of by) {
      if (names.includes(axis)) continue
      throw new UserError(
        'stats.axis',
        `The study ${id} has no axis "${axis}".`,
        `Its axes are ${names.join(', ') || 'none'}.`
      )
    }
    const grouped = by.length > 0 ? by : groupingAxes(plan.axes)
    const groups = groupResults(results, grouped)
    const statistics = compareGroups(groups)
    const claims = judgeClaims(plan.study.claims, results)
    if (args.flag('json')) {
      const whole = {
        ...{ study: id, split: plan.split, by: grouped },
        groups: groups.map(({ key, runs, events, failures, results: members }) => {
          const own = statistics.groups.find((group) => group.key === key)
          return {
            ...{ key, runs, events, failures },
            median: own?.median ?? null,
            curve: own?.curve ?? [],
            delay: aggregate(members.map(({ delay }) => delay?.steps ?? null)),
            plateau: aggregate(members.map(({ plateau }) => plateau?.mean ?? null))
          }
        }),
        test: statistics.test,
        pairs: statistics.pairs,
        claims
      }
      host.out(`${JSON.stringify(whole, null, 2)}\n`)
    } else {
      host.out(
        `Generalisation on ${plan.split ?? 'no split'}, by ${grouped.join(', ') || 'nothing'}\n\n`
      )
      host.out(
        table(
          ['GROUP', 'RUNS', 'EVENTS', 'FAILED', 'MEDIAN STEP', '95 % INTERVAL', 'PLATEAU'],
          groups.map(({ key, runs, events, failures, results: members }) => {
            const own = statistics.groups.find((group) => group.key === key)
            const plateau = aggregate(members.map((member) => member.plateau?.mean ?? null))
            return [
              key,
              String(runs),
              String(events),
              String(failures),
              own ? medianText(own.median, own.curve.at(-1)!.step) : '',
              own ? intervalText(own.median) : '',
              plateau ? shortNumber(plateau.mean) : ''
            ]
          })
        )
      )
      host.out(describeTests(statistics))
      host.out(describeClaims(claims))
    }
    return exitCodes.ok
  }
}

const count = (steps: number): string => Math.round(steps).toLocaleString('en')
const medianText = ({ step }: MedianStep, last: number): string =>
  step === null ? `> ${count(last)}` : count(step)
const intervalText = ({ low, high }: MedianStep): string =>
  low === null ? '' : `${count(low)} to ${high === null ? 'unknown' : count(high)}`
const pText = (p: number): string => (p < 0.001 ? p.toExponential(1) : p.toFixed(3))

function describeTests({ test, pairs, againstFirst }: GroupStatistics): string {
  if (!test) return '\nThere is nothing to test: fewer than two groups with an event.\n'
  const lines = [
    '',
    `Log-rank test over all groups: chi-square ${test.chiSquare.toFixed(2)}, ${test.df} df, p = ${pText(test.p)}`,
    ...(againstFirst ? ['Many groups: pairs with the first alone.'] : []),
    ''
  ]
  const rows = pairs.map(
    ({ first, second, test: pair, adjustedP, hazardRatio, meanDifference }) => [
      `${second} against ${first}`,
      pair ? pText(pair.p) : '-',
      adjustedP === null ? '-' : pText(adjustedP),
      hazardRatio
        ? `${shortNumber(hazardRatio.ratio)} (${shortNumber(hazardRatio.low)} to ${shortNumber(hazardRatio.high)})`
        : '-',
      meanDifference
        ? `${count(meanDifference.steps)} (${count(meanDifference.low)} to ${count(meanDifference.high)}) up to ${count(meanDifference.horizon)}`
        : '-'
    ]
  )
  const head = ['PAIR', 'P', 'P (HOLM)', 'HAZARD RATIO', 'LATER BY, STEPS']
  return `${lines.join('\n')}\n${table(head, rows)}`
}
