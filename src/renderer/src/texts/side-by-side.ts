/** What the Side by side tab says. */
import type { DifferenceRole } from '@shared/compare/ground-findings'
import { formatCount, plural } from '../format'

export const sideTexts = {
  emptyTitle: 'Nothing to compare yet',
  empty:
    'Pick two runs or more in the table. They then stand here in columns, with what differs between them.',
  toRuns: 'To the runs',
  newest: (n: number): string => `Compare the newest ${formatCount(n)}`,
  tooMany: (shown: number, all: number): string =>
    `Showing the first ${formatCount(shown)} of ${plural(all, 'run')}.`,
  choose: 'Choose runs',
  chosen: (n: number, most: number): string =>
    `${formatCount(n)} of at most ${formatCount(most)} chosen`,
  filter: 'Filter the runs to choose from',
  show: 'Show these',
  table: 'Runs side by side',
  exported: 'this comparison',
  exportCurves: 'Export curves',
  exportedCurves: 'curves of these runs',
  copy: 'Copy as text',
  copied: 'Copied the comparison, with tabs between columns.',
  remove: (name: string): string => `Take ${name} out`,
  baseline: 'Baseline',
  baselineOf: (name: string): string => `Baseline: ${name}`,
  pin: (name: string): string => `Measure others against ${name}`,
  unpin: (name: string): string => `${name} is the baseline. Measure against none`,
  open: (name: string): string => `Open ${name}`,
  againOf: (name: string): string => `New run with the settings of ${name}`,
  familyTree: (child: string, parent: string, step: number): string =>
    `${child} was forked from ${parent} at step ${formatCount(step)}: up to there both are one run.`,
  ground: 'Common ground',
  sound: 'These runs differ in the question alone.',
  seeds: 'These runs are seeds of one config.',
  question: 'The question is',
  noQuestion:
    'What is the question? Mark the settings that are meant to differ; everything else that differs is then named here.',
  suggested: 'suggested',
  unintended: (n: number): string =>
    `${plural(n, 'setting')} besides the question, in the order of the columns`,
  confounds: (n: number): string =>
    `${plural(n, 'thing')} besides settings that could explain the result`,
  notes: (n: number): string => plural(n, 'note'),
  isQuestion: 'mark as question',
  markQuestion: (label: string): string => `mark as question: ${label}`,
  dropQuestion: (label: string): string => `${label} is not the question`,
  roles: {
    question: 'question',
    unintended: 'not the question',
    belongs: 'belongs to the family or data',
    recording: 'recording only',
    seed: 'seed'
  } satisfies Record<DifferenceRole, string>,
  curves: 'Accuracy',
  curvesHint: 'One zoom and one cursor for all. Drag to zoom, double-click for all.',
  cursor: (name: string): string => `${name}: cursor`,
  cursorAt: (step: number): string => `step ${formatCount(step)}`,
  last: 'last recorded',
  checkpoints: 'Checkpoints',
  noCheckpoints: 'none',
  checkpointSteps: (n: number): string => plural(n, 'checkpoint'),
  inspect: 'inspect',
  inspectAt: (name: string, step: number): string => `inspect ${name} at step ${formatCount(step)}`,
  fork: 'fork from here',
  forkAt: (name: string, step: number): string =>
    `fork from here: ${name} at step ${formatCount(step)}`,
  best: 'best',
  againstBaseline: 'against the baseline',
  legend:
    'Best of a row in bold with ●; events whose brackets overlap share it. > marks what was not reached by the last evaluation. Intervals are 95 %: Welch where all seeds got there, restricted means where not.'
} as const
