/** What the Plots tab says. */
import type { PlotKind } from '@shared/view'
import { formatCount, plural } from '../format'

export const plotTexts = {
  kind: 'Plot',
  exported: 'this plot',
  kinds: {
    scatter: 'Scatter',
    strip: 'Strips',
    heat: 'Heat map',
    parallel: 'Parallel'
  } satisfies Record<PlotKind, string>,
  x: 'Across',
  y: 'Up',
  color: 'Colour',
  value: 'Cells show',
  own: 'Each run its own',
  place: (axis: string): string => `${axis}: at`,
  places: {
    last: 'last',
    best: 'best',
    memorisation: 'when memorised',
    generalisation: 'when generalised',
    step: 'at step'
  },
  step: 'Step',
  scale: (axis: string): string => `${axis}: scale`,
  log: 'log',
  linear: 'linear',
  statistic: 'Runs of a cell',
  statistics: { median: 'Median', mean: 'Mean', share: 'Share that got there' },
  axes: 'Axes',
  addAxis: 'Add an axis',
  removeAxis: (label: string): string => `Remove the axis ${label}`,
  moveAxis: (label: string): string => `Move the axis ${label} to the left`,
  clearBrushes: 'Let all through',
  groups: {
    varying: 'Settings that differ',
    events: 'Events',
    metrics: 'Metrics',
    facts: 'Facts',
    settings: 'Other settings'
  },
  proposed: 'Chosen from what differs between these runs.',
  propose: 'Choose for me',
  selected: (n: number): string => `${plural(n, 'run')} marked`,
  compare: 'Compare these',
  clear: 'Unmark',
  markThrough: (n: number): string => `Mark the ${formatCount(n)} let through`,
  label: 'Marks of the plot',
  hint: 'Click opens a run, drag marks runs, Shift adds. Arrow keys go from mark to mark, Enter opens, Space marks.',
  brushHint:
    'Drag along an axis lets a part of it through, click it lets all through. Click a line opens its run.',
  empty: 'No run has a value on both axes.',
  emptyAxes: 'Parallel coordinates need two axes at least.',
  noRuns: 'No runs here. Change the query, or pick runs in the table.',
  toRuns: 'To the runs',
  failed: 'The values could not be read.',
  tryAgain: 'Try again',
  legend: 'Colours'
} as const
