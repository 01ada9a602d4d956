/** What milestones look like on the horizontal axis: a tick per split that was reached, a bracket per delay. */
import { describeCrossing, describeDelay, type RunMilestones } from '../milestones'
import type { SplitStyle } from './split-styles'

export interface Tick {
  key: string
  /** In the units of the axis. */
  x: number
  /** A name of the palette. */
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

/**
 * The marks of the splits in sight, in their order.
 * @param xAt where a step lies on the axis; null: nowhere
 */
export function milestoneMarks(
  milestones: RunMilestones | null,
  splits: readonly SplitStyle[],
  xAt: (step: number) => number | null = (step) => step
): MilestoneMarks {
  if (!milestones) return noMarks
  const styled = milestones.splits.flatMap((found) => {
    const style = splits.find(({ name }) => name === found.split)
    return style ? [{ ...found, style }] : []
  })
  const { memorisation } = milestones
  return {
    ticks: styled.flatMap(({ split, style, crossing, threshold }) => {
      const x = crossing.state === 'reached' ? xAt(crossing.step) : null
      const title = `${style.label}: ${threshold} at step ${describeCrossing(crossing)}`
      return x === null ? [] : [{ key: split, x, color: style.color, title }]
    }),
    brackets: styled.flatMap(({ split, style, crossing, delay }) => {
      if (!delay || memorisation?.state !== 'reached') return []
      const text = describeDelay(delay)
      const from = xAt(memorisation.step)
      const to = crossing.state === 'reached' ? xAt(crossing.step) : null
      if (from === null || (crossing.state === 'reached' && to === null)) return []
      return {
        key: split,
        from,
        to,
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
 * @param pixel of an x, which may lie outside of the plot
 * @param plot left and right end of the plot, in px
 * @returns null where no part of it is in sight
 */
export function placeBracket(
  { from, to }: Pick<Bracket, 'from' | 'to'>,
  pixel: (x: number) => number,
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
