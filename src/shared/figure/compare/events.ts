/** When the runs of a comparison reached what a panel is about: a tick each, and for few of them the delay. */
import type { RunRow } from '../../contract'
import type { CurvesAnswer } from '../../curves'
import {
  eventStep,
  generalisation,
  splitOfRole,
  splitRoles,
  type RoleName
} from '../../metric-roles'
import { describeCrossing, describeDelay, type Delay } from '../../milestones'
import type { CurvesView, PanelSpec } from '../../view'
import type { Layer } from '../figure'
import type { Bracket, Tick } from '../milestone-marks'
import { quantities } from '../quantities'
import type { ComparedGroup } from './groups'
import { isShare } from './panels'

/** More brackets than this would cover the curves. */
const mostBrackets = 4

export interface PanelEvents {
  layers: Layer[]
  /** What could not be drawn, in words. */
  notes: string[]
}

/** @param places where milestones lie on the axis, as they were answered with the curves */
export function panelEvents(
  view: CurvesView,
  panel: PanelSpec,
  groups: readonly ComparedGroup[],
  places: CurvesAnswer['events']
): PanelEvents {
  if (!isShare(panel.metric)) return { layers: [], notes: [] }
  const xAt = placeOf(places)
  const ticks: Tick[] = []
  const brackets: Bracket[] = []
  let unplaced = 0
  for (const { style, runs } of groups) {
    for (const run of runs) {
      for (const split of panel.splits) {
        const found = milestonesOf(run, split)
        if (found?.crossing.state !== 'reached') continue
        const x = xAt(run.id, found.crossing.step)
        if (x === null) unplaced++
        if (typeof x !== 'number') continue
        const title = `${run.name}: ${found.threshold} at step ${describeCrossing(found.crossing)}`
        ticks.push({ key: `${run.id} ${split}`, x, color: style.color, title })
      }
      const test = generalisation(run)
      const memorised = eventStep(run, 'memorisation')
      if (!test?.delay || memorised === null || !panel.splits.includes('ood')) continue
      const { crossing, delay } = test
      const from = xAt(run.id, memorised)
      const to = crossing.state === 'reached' ? xAt(run.id, crossing.step) : null
      if (typeof from !== 'number' || (crossing.state === 'reached' && typeof to !== 'number')) {
        continue
      }
      brackets.push({
        ...{ key: run.id, from, to: to ?? null, color: style.color },
        label: delayWords(delay, view.x === 'step'),
        title: `${run.name}, delay: ${describeDelay(delay)} steps`
      })
    }
  }
  const marks = { ticks, brackets: brackets.length <= mostBrackets ? brackets : [] }
  return {
    layers: [{ kind: 'events', key: 'events', label: 'Milestones', marks }],
    notes: unplaced === 0 ? [] : [unplacedNote(unplaced, view)]
  }
}

const milestonesOf = (run: RunRow, split: string) => {
  const role = Object.hasOwn(splitRoles, split) ? splitOfRole(run, split as RoleName) : null
  return run.milestones?.splits.find((found) => found.split === (role?.name ?? split))
}

/** Null: not recorded at that step. Undefined: the run is not on this axis, or its milestone is newer than the answer. */
function placeOf(
  places: CurvesAnswer['events']
): (run: string, step: number) => number | null | undefined {
  const known = new Map(places.map(({ run, step, x }) => [`${run} ${step}`, x]))
  return (run, step) => known.get(`${run} ${step}`)
}

/** Delays are in steps, which only an axis of steps says by itself. */
const delayWords = (delay: Delay, overSteps: boolean): string =>
  delay.steps === null
    ? `${describeDelay(delay)}${overSteps ? '' : ' steps'}`
    : `${delay.steps.toLocaleString('en')}${overSteps ? '' : ' steps'}`

function unplacedNote(n: number, { x, xMetric }: CurvesView): string {
  const what = x === 'metric' ? (xMetric ?? 'the metric') : quantities[x].label
  return `${n} ${n === 1 ? 'milestone' : 'milestones'} without a mark: ${what} not recorded at ${n === 1 ? 'its step' : 'their steps'}`
}
