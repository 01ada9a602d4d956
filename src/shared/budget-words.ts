/** What was found when a budget rule was tried on stored runs, in sentences that command line and page share. */
import type { BudgetRule } from './budget-rule'
import type { TriedRun } from './contract'

const count = (n: number): string => Math.round(n).toLocaleString('en')
/** So many runs are named in a sentence. */
const mostNamed = 12

/** "It would have stopped 3 of 40 too early: a, b, c. It would have saved 12,000 of 80,000 steps (15 %)." */
export function triedText(tried: readonly TriedRun[]): string {
  if (tried.length === 0) return 'There are no stored runs to try it on.'
  const early = tried.filter(({ tooEarly }) => tooEarly)
  const beyond = tried.filter(({ state }) => state === 'beyond')
  const recorded = tried.reduce((sum, run) => sum + run.recorded, 0)
  const saved = tried.reduce((sum, { recorded: all, steps }) => sum + Math.max(0, all - steps), 0)
  const share = recorded > 0 ? ` (${Math.round((100 * saved) / recorded)} %)` : ''
  return [
    early.length === 0
      ? `It would have stopped none of ${count(tried.length)} too early.`
      : `It would have stopped ${count(early.length)} of ${count(tried.length)} too early: ${named(early)}.`,
    `It would have saved ${count(saved)} of ${count(recorded)} steps${share}.`,
    ...(beyond.length === 0
      ? []
      : [
          `${count(beyond.length)} would have gone on past what they recorded, which tells no more of them.`
        ])
  ].join(' ')
}

function named(runs: readonly TriedRun[]): string {
  const names = runs.slice(0, mostNamed).map(({ name, id }) => `${name} (${id})`)
  return `${names.join(', ')}${runs.length > mostNamed ? ` and ${runs.length - mostNamed} more` : ''}`
}

/** "A run that has not generalised goes on ... while ...". */
export function ruleText({ watch, window, level, least, by, cap }: BudgetRule): string {
  const moving = watch.map((name) =>
    name === 'accuracy'
      ? `accuracy moves by ${least.accuracy} or more`
      : `the weight norm moves by ${Number((100 * least.weightNorm).toPrecision(3))} % or more`
  )
  return `A run that has not generalised at the end of its steps goes on for ${by} times as many, up to ${count(cap)}, while over the last ${Number((100 * window).toPrecision(3))} % of them ${moving.join(', or ')}, its ${Number((100 * level).toPrecision(3))} % interval away from 0.`
}
