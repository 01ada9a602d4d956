/** What milestones look like on the step axis: a tick per split that was reached, a bracket per delay. */
import { describeCrossing, describeDelay, type RunMilestones } from '../milestones'
import type { SplitStyle } from './split-styles'

export interface Tick {
  key: string
  step: number
  /** Name of a CSS custom property that holds the colour. */
  color: string
  title: string
}

/** From memorisation to generalisation; `to` is null where it has not come, and the bracket stays open. */
export interface Bracket {
  key: string
  from: number
  to: number | null
  color: string
  label: string
  title: string
}

export interface MilestoneMarks {
  ticks: readonly Tick[]
  brackets: readonly Bracket[]
}

export const noMarks: MilestoneMarks = { ticks: [], brackets: [] }

/** The marks of the splits in sight, in their order. */
export function milestoneMarks(
  milestones: RunMilestones | null,
  splits: readonly SplitStyle[]
): MilestoneMarks {
  if (!milestones) return noMarks
  const styled = milestones.splits.flatMap((found) => {
    const style = splits.find(({ name }) => name === found.split)
    return style ? [{ ...found, style }] : []
  })
  const { memorisation } = milestones
  return {
    ticks: styled.flatMap(({ split, style, crossing, threshold }) =>
      crossing.state === 'reached'
        ? {
            key: split,
            step: crossing.step,
            color: style.color,
            title: `${style.label}: ${threshold} at step ${describeCrossing(crossing)}`
          }
        : []
    ),
    brackets: styled.flatMap(({ split, style, crossing, delay }) => {
      if (!delay || memorisation?.state !== 'reached') return []
      const text = describeDelay(delay)
      return {
        key: split,
        from: memorisation.step,
        to: crossing.state === 'reached' ? crossing.step : null,
        color: style.color,
        label: `${style.short} ${delay.steps === null ? text : delay.steps.toLocaleString('en')}`,
        title: `${style.label}, delay: ${text} steps`
      }
    })
  }
}

/** A bracket in px: where it begins and ends within the plot, and whether each end is really there. */
export interface BracketPlace {
  x: number
  width: number
  fromInside: boolean
  toInside: boolean
}

/**
 * Where a bracket comes to lie.
 * @param pixel of a step, which may lie outside of the plot
 * @param plot left and right end of the plot, in px
 * @returns null where no part of it is in sight
 */
export function placeBracket(
  { from, to }: Pick<Bracket, 'from' | 'to'>,
  pixel: (step: number) => number,
  [left, right]: readonly [number, number]
): BracketPlace | null {
  const ends = [pixel(from), to === null ? Infinity : pixel(to)]
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  if (high < left || low > right) return null
  const x = Math.max(low, left)
  return {
    x,
    width: Math.min(high, right) - x,
    fromInside: low >= left,
    toInside: high <= right
  }
}
