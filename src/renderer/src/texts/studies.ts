/** What the Studies screen says. */
import type { ReportFormat } from '@shared/report/document'
import type { CellState } from '@shared/study-results'
import type { PhaseMeasure } from '@shared/study-phase'
import { formatCount, plural } from '../format'

export const studyTexts = {
  title: 'Studies',
  count: (n: number): string => plural(n, 'study', 'studies'),
  empty: 'No studies yet',
  emptyHint:
    'A study is a base run and axes along which it is varied: entities, architectures, weight decay, seeds. Start from one below, or write your own.',
  startFrom: 'Start from',
  startFromNone: 'No study presets are installed. Write one with Plan a study.',
  own: 'Write one',
  ownHint:
    'A study is JSON: a base (a preset’s name or a config), settings for every cell, and axes.',
  create: 'Plan a study',
  edit: 'Edit',
  editor: 'Study as JSON',
  save: 'Store study',
  saveChanges: 'Store changes',
  use: (title: string): string => `Plan a study: ${title}`,
  cells: (n: number): string => plural(n, 'cell'),
  planned: (cells: number, refused: number): string =>
    `${plural(cells, 'cell')}${refused > 0 ? `, ${formatCount(refused)} refused` : ''}`,
  notJson: (why: string): string => `This is not JSON: ${why}`,
  train: (missing: number, due: number): string =>
    `Train ${[...(missing > 0 ? [plural(missing, 'missing cell')] : []), ...(due > 0 ? [`${formatCount(due)} that still ${due === 1 ? 'moves' : 'move'}`] : [])].join(' and ')}`,
  nothingMissing: 'No cell is missing: there is nothing to train.',
  queued: (n: number): string => `${plural(n, 'run')} queued`,
  withdraw: (n: number): string => `Withdraw ${formatCount(n)} waiting`,
  back: 'All studies',
  fromRun: 'Plan a study from this run',
  titleFrom: (run: string): string => `Study from ${run}`,
  forecast: 'To train',
  disk: (bytes: string, free: string | null): string =>
    `checkpoints ${bytes}${free ? `, ${free} free` : ''}`,
  steps: (low: number, high: number): string =>
    low === high
      ? `${formatCount(low)} steps`
      : `${formatCount(low)} to ${formatCount(high)} steps`,
  about: (time: string): string => `about ${time}`,
  states: {
    missing: 'missing',
    refused: 'refused',
    waiting: 'waiting',
    running: 'running',
    finished: 'finished',
    stopped: 'stopped',
    interrupted: 'interrupted',
    failed: 'failed'
  } satisfies Record<CellState, string>,
  columns: {
    cell: 'Cell',
    state: 'State',
    step: 'Step',
    memorised: 'Memorised',
    generalised: 'Generalised',
    delay: 'Delay',
    plateau: 'Plateau',
    rise: 'Rise'
  },
  columnHelp: {
    memorised: 'Step at which all training splits stay above their threshold',
    generalised: 'Step at which the study’s split stays above its threshold; > step: not by then',
    delay: 'Steps from memorisation to generalisation',
    plateau: 'Mean accuracy of the last evaluations, and their spread',
    rise: 'Steps from a tenth to nine tenths of the way to the plateau'
  },
  report: {
    title: 'Report',
    help: 'Report of this study',
    formats: {
      html: 'Save as HTML page',
      md: 'Save as Markdown',
      tex: 'Save as LaTeX'
    } satisfies Record<ReportFormat, string>,
    record: 'Record verdicts on claims',
    recorded: (n: number, left: number): string =>
      `${plural(n, 'verdict')} recorded${left > 0 ? `, ${formatCount(left)} left: cells are unfinished` : ''}`
  },
  rule: {
    title: 'Budget rule',
    none: 'None: every run ends with its budget.',
    open: 'Try rules',
    start: 'Steps at first',
    cap: 'Steps at most',
    by: 'Times',
    window: 'Window, %',
    everywhere: 'on all runs with this split',
    try: 'Try on stored runs',
    store: 'Store in the study',
    refused: 'No such rule: steps and factor must be above 1, the window from 1 to 100 %.',
    run: 'Run',
    steps: 'It would take',
    recorded: 'Recorded',
    verdict: 'Verdict',
    tooEarly: 'too early',
    why: 'Why it would end',
    more: (n: number): string => `and ${plural(n, 'run')} more`
  },
  list: 'Studies of this library',
  cellsTitle: 'Cells',
  exportedCells: 'the cells',
  open: (title: string): string => `Open ${title}`,
  created: 'Created',
  progress: 'Cells by state',
  shown: (n: number, of: number): string =>
    n === of ? plural(of, 'cell') : `${formatCount(n)} of ${plural(of, 'cell')}`,
  clear: 'Show all',
  first: (cell: string): string => `Train ${cell} before the others`,
  queue: {
    title: 'Queue',
    state: (working: number, waiting: number): string =>
      `${formatCount(working)} at work, ${formatCount(waiting)} waiting`,
    paused: 'paused: what runs goes on, nothing new starts',
    pause: 'Pause queue',
    resume: 'Resume queue',
    parallel: 'At once',
    usual: (n: number): string => `automatic (${formatCount(n)})`,
    parallelHelp:
      'Automatic: cells of a study by cores and memory, other runs one at a time. Threads are shared out; another number moves the last digits of a run.'
  },
  survival: {
    title: (split: string): string => `Generalised on ${split}`,
    y: 'fraction of runs',
    exported: 'the survival curves',
    empty: 'Curves appear when runs have been evaluated',
    cursor: 'Step cursor',
    bands: 'Intervals',
    atRisk: 'Runs at risk',
    group: 'Group by',
    none: 'all runs together'
  },
  phase: {
    title: 'Phase diagram',
    exported: 'the phase diagram',
    x: 'Across',
    y: 'Down',
    none: 'nothing',
    value: 'Shows',
    values: {
      generalised: 'share that generalised',
      median: 'median step of generalisation',
      delay: 'median delay',
      plateau: 'mean plateau'
    } satisfies Record<PhaseMeasure, string>,
    empty: 'A phase diagram needs an axis beside the seeds',
    cell: (x: string, y: string, text: string, runs: number, failures: number): string =>
      `${[x, y].filter(Boolean).join(', ')}: ${text || 'nothing measured'}, ${plural(runs, 'run')}${failures > 0 ? `, ${formatCount(failures)} failed` : ''}`,
    legend: 'In each cell: the value, n runs, ✕ failed',
    refine: 'Refine near the edge',
    refineHint:
      'Adds one seed to each cell whose neighbours, or seeds, disagree, fewest runs first.',
    budget: 'At most, runs',
    refineNone: 'No neighbouring cells disagree',
    refineButton: (n: number): string => `Add ${plural(n, 'run')}`
  },
  statistics: {
    title: 'Statistics',
    exported: 'the statistics',
    exportedPairs: 'the pairs',
    group: 'Group',
    runs: 'Runs',
    events: 'Generalised',
    failed: 'Failed',
    median: 'Median step',
    interval: '95 % interval',
    pair: 'Pair',
    pairP: 'p',
    holm: 'p (Holm)',
    hazard: 'Hazard ratio',
    later: 'Later by, steps',
    p: 'p (permutation)',
    claims: 'Claims',
    claim: 'Claim',
    verdict: 'Verdict',
    at: (held: string): string => `at ${held}`,
    ofRuns: (events: number, runs: number): string =>
      `${formatCount(events)} of ${formatCount(runs)}`,
    claimsNote:
      'Each claim at its own alpha, not corrected for the others. p of the log-rank test by permutation. Too few runs: even complete separation would not do.'
  }
} as const
