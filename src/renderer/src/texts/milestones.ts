import { describeCrossing, type Crossing } from '@shared/milestones'

/** What the table of a run's milestones says. */
export const milestoneTexts = {
  title: 'Milestones',
  definition: (version: number): string => `definition ${version}`,
  memorised: (crossing: Crossing): string =>
    crossing.state === 'censored'
      ? `Not memorised by step ${crossing.at.toLocaleString('en')}`
      : `Memorised at step ${describeCrossing(crossing)}`,
  split: 'Split',
  reached: 'Reached at step',
  delay: 'Delay',
  plateau: 'Plateau',
  open: 'not yet confirmed',
  after: (step: string): string => `after ${step}`,
  between: (low: string, high: string): string => `${low} to ${high}`,
  rule: (threshold: number, persistence: number): string =>
    `accuracy of at least ${threshold} over ${persistence} evaluations`,
  rise: (from: string, to: string): string => `rise from step ${from} to ${to}`
} as const
