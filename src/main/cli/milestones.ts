import {
  definition,
  describeCrossing,
  describeDelay,
  describePlateau,
  type RunMilestones
} from '@shared/milestones'
import { table } from './format'

/** The events of a run as lines for a terminal. */
export function listMilestones(milestones: RunMilestones): string[] {
  const { version, memorisation, persistence, splits } = milestones
  const head = ['SPLIT', 'AT', 'REACHED AT STEP', 'DELAY IN STEPS', 'RISE', 'PLATEAU']
  const rows = splits.map(({ split, threshold, crossing, delay, rise, plateau }) => [
    split,
    `>= ${threshold}`,
    describeCrossing(crossing),
    delay ? describeDelay(delay) : '-',
    rise ? `${rise.from.toLocaleString('en')} to ${rise.to.toLocaleString('en')}` : '-',
    plateau ? describePlateau(plateau) : '-'
  ])
  return [
    `Milestones (definition ${version}: an accuracy held over ${persistence} evaluations)`,
    ...(memorisation ? [`  memorised at step ${describeCrossing(memorisation)}`] : []),
    ...table(head, rows)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`)
  ]
}

/** What `--help` says about them. */
export const milestonesHelp = `milestones: for each split the first evaluation from which its accuracy is at least ${definition.thresholds.train} (seen in
training) or ${definition.thresholds.test} (tests) for ${definition.persistence} evaluations, with the evaluation before as the other end of the uncertainty;
the delay of each test after memorisation; the final plateau; or that it was not reached by the last evaluation.`
