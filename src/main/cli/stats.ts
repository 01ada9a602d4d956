import { UserError } from '@shared/errors'
import { cellResults, groupingAxes, groupResults } from '@shared/study-results'
import { judgeClaims } from '@shared/study-claims'
import { aggregate } from '@shared/statistics/aggregate'
import { compareGroups, type GroupStatistics } from '@shared/statistics/group-comparison'
import { groupRows, overallText, pairTexts } from '@shared/study-tables'
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
by the log-rank test with p by permutation (exact for small groups), with Holm's correction for pairs, and each pair has
its hazard ratio and the difference of restricted mean steps, with 95 % intervals. Failed runs are counted and left out. The study's claims
are judged last: supported, contradicted, or not decided and why; provisional while cells that they need are unfinished.
With --json: {study, split, by, groups: [{key, runs, events, failures, median, curve, delay, plateau}], test, pairs,
claims: [{claim, verdict, reason, provisional, first, second, test, hazardRatio, meanDifference, standing}]}.`,
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
    const claims = judgeClaims(plan.study.claims, results, plan.standings)
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
          groupRows(groups, statistics).map((row) => {
            const plateau = aggregate(row.results.map((member) => member.plateau?.mean ?? null))
            return [
              ...[row.key, String(row.runs), String(row.events), String(row.failures)],
              ...[row.median, row.interval, plateau ? shortNumber(plateau.mean) : '']
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

function describeTests(statistics: GroupStatistics): string {
  const { test, pairs, againstFirst } = statistics
  const said = `\n${overallText(statistics)}\n`
  if (!test) return said
  const head = ['PAIR', 'P', 'P (HOLM)', 'HAZARD RATIO', 'LATER BY, STEPS']
  const rows = pairs.map((pair) => pairTexts(pair).map((text) => text || '-'))
  return `${said}${againstFirst ? 'Many groups: pairs with the first alone.\n' : ''}\n${table(head, rows)}`
}
