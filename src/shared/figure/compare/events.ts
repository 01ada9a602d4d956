/** When the runs of a comparison reached what a panel is about: a tick each, and for few of them the delay. */
import type { RunRow } from '../../contract'
import {
  eventStep,
  generalisation,
  splitOfRole,
  splitRoles,
  type RoleName
} from '../../metric-roles'
import { describeCrossing, describeDelay } from '../../milestones'
import type { CurvesView, PanelSpec } from '../../view'
import type { Layer } from '../figure'
import type { Bracket, Tick } from '../milestone-marks'
import type { ComparedGroup } from './groups'
import { isShare } from './panels'

/** More brackets than this would cover the curves. */
const mostBrackets = 4

/** Over steps and what is proportional to them; other axes have no place for a step that was not recorded. */
export function eventLayer(
  view: CurvesView,
  panel: PanelSpec,
  groups: readonly ComparedGroup[]
): Layer[] {
  if (!isShare(panel.metric)) return []
  const ticks: Tick[] = []
  const brackets: Bracket[] = []
  for (const { style, runs } of groups) {
    for (const run of runs) {
      const xAt = placeOf(view, run)
      if (!xAt) continue
      for (const split of panel.splits) {
        const found = milestonesOf(run, split)
        if (found?.crossing.state !== 'reached') continue
        const title = `${run.name}: ${found.threshold} at step ${describeCrossing(found.crossing)}`
        const x = xAt(found.crossing.step)
        ticks.push({ key: `${run.id} ${split}`, x, color: style.color, title })
      }
      const test = generalisation(run)
      const memorised = eventStep(run, 'memorisation')
      if (!test?.delay || memorised === null || !panel.splits.includes('ood')) continue
      const { crossing, delay } = test
      brackets.push({
        ...{ key: run.id, from: xAt(memorised), color: style.color },
        to: crossing.state === 'reached' ? xAt(crossing.step) : null,
        label: delay.steps === null ? describeDelay(delay) : delay.steps.toLocaleString('en'),
        title: `${run.name}, delay: ${describeDelay(delay)} steps`
      })
    }
  }
  const marks = { ticks, brackets: brackets.length <= mostBrackets ? brackets : [] }
  return [{ kind: 'events', key: 'events', label: 'Milestones', marks }]
}

const milestonesOf = (run: RunRow, split: string) => {
  const role = Object.hasOwn(splitRoles, split) ? splitOfRole(run, split as RoleName) : null
  return run.milestones?.splits.find((found) => found.split === (role?.name ?? split))
}

/** Where a step of a run lies on the axis; null where that is not known without its recorded values. */
function placeOf({ x, align }: CurvesView, run: RunRow): ((step: number) => number) | null {
  const factor = {
    step: 1,
    epoch: run.stepsPerEpoch ? 1 / run.stepsPerEpoch : null,
    examples: run.cost?.examplesPerStep ?? null,
    tokens: run.cost?.tokensPerStep ?? null,
    flops: run.cost?.flopsPerStep ?? null,
    relative: run.step > 0 ? 1 / run.step : null,
    time: null,
    metric: null
  }[x]
  const origin = align === 'none' ? 0 : eventStep(run, align)
  return factor === null || origin === null ? null : (step) => (step - origin) * factor
}
