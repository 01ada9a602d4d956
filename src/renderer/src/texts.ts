/** What the page says, by screen. */
import type { RunRow, RunState } from '@shared/contract'
import type { Group } from '@shared/config'
import type { EngineChoice } from '@shared/events'
import type { ModelPart } from '@shared/model-cost'
import { formatCount, plural } from './format'
import type { TourRun, TourStage } from './tour'
import { checkpointTexts } from './texts/checkpoints'
import { clusterTexts } from './texts/clusters'
import { packTexts } from './texts/packs'
import { studyTexts } from './texts/studies'

/** “name” is, 3 runs are */
const nameOf = (runs: readonly RunRow[]): string =>
  runs.length === 1 ? `“${runs[0]!.name}” is` : `${plural(runs.length, 'run')} are`

const round = (n: number): string => String(Math.round(n * 10) / 10)

export const texts = {
  app: 'Grokscope',
  undo: 'Undo',
  dismiss: 'Dismiss',
  cancel: 'Cancel',
  close: 'Close',
  loading: 'Loading',

  frame: {
    library: 'About the library',
    places: 'Places',
    runs: 'Runs',
    compare: 'Compare',
    inspect: 'Inspect',
    newRun: 'New run',
    studies: 'Studies',
    unknown: 'unknown run',
    clusters: 'Clusters',
    machine: 'Machine',
    connecting: 'connecting',
    reconnecting: 'reconnecting',
    failed: 'The server has stopped',
    failedHint: 'Your runs are safe in the library folder. Close Grokscope and start it again.',
    engineUnknown: 'engine not known yet',
    cores: (n: number): string => plural(n, 'CPU core'),
    atWork: (name: string): string => `${name} is at work`,
    waiting: (n: number): string => `${n} waiting`,
    theme: 'Colours',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    keys: 'Keyboard'
  },

  export: {
    filming: (frames: number): string => `A film of ${frames} frames is being made.`,
    button: 'Export',
    /** A button that stands at a chart or a table. */
    of: (what: string): string => `Export ${what}`,
    figure: 'Export figure',
    table: 'Export table',
    format: 'Format',
    formats: {
      ...{ svg: 'SVG', pdf: 'PDF', png: 'PNG', tex: 'LaTeX' },
      ...{ csv: 'CSV', json: 'JSON', parquet: 'Parquet' }
    },
    about: {
      svg: 'Vectors with text as text, for Inkscape, Illustrator and the web.',
      pdf: 'Vectors with embedded fonts, for LaTeX and for journals.',
      png: 'Pixels, with the resolution written into the file.',
      tex: 'Source: pgfplots for a figure, booktabs for a table, with the values in it.',
      csv: 'The values shown, one row each.',
      json: 'The values shown, one record each, with title and caption.',
      parquet: 'The values shown, with their types, for pandas, Polars and DuckDB.'
    },
    values: 'Values',
    valueChoices: { shown: 'As drawn', recorded: 'Every recorded' },
    aboutRecorded: (n: number): string =>
      `Every recorded value of every metric of ${plural(n, 'run')}, unreduced: run, name, metric, step, value.`,
    preview: 'Preview',
    size: (width: number, height: number): string => `${round(width)} × ${round(height)} mm`,
    more: (shown: number, all: number): string =>
      shown === all
        ? plural(all, 'row')
        : `the first ${formatCount(shown)} of ${plural(all, 'row')}`,
    pixels: (width: number, height: number): string =>
      `${formatCount(width)} × ${formatCount(height)} pixels`,
    included: 'Included',
    choices: {
      theme: {
        print: 'Colours on white paper',
        mono: 'Black and white',
        light: 'As on the light page',
        dark: 'As on the dark page'
      },
      legend: {
        auto: "At the curves' ends, or above",
        above: 'In a legend above',
        ends: "At the curves' ends",
        none: 'None'
      }
    },
    save: 'Save',
    saving: 'Writing',
    copy: (format: string): string => (format === 'png' ? 'Copy picture' : 'Copy text'),
    copied: 'Copied to the clipboard.'
  },

  keys: {
    title: 'Keyboard',
    rows: [
      ['Ctrl K', 'Go to or do anything: places, actions, saved views, runs'],
      ['r c i s n k m', 'Runs, Compare, Inspect, Studies, New run, Clusters, Machine'],
      ['Ctrl Z', 'Undo a change of the view, a label, archive or trash; with Shift again'],
      ['?', 'This list'],
      ['/', 'Query, in the table of runs and in Compare'],
      ['↑ ↓', 'Move in the table; with Shift select a range'],
      ['← →', 'Close and open a group of rows, or scroll; between cursor steps of a chart'],
      ['Space', 'Pick the selected runs for Compare, or leave them out'],
      ['Ctrl A', 'Select all runs that are shown'],
      ['Enter', 'Open the run, or pin the chart cursor'],
      ['+ −', 'Zoom a chart about its cursor; Shift ← → pans'],
      ['F2', 'Rename the run'],
      ['t', 'Tags and note of the selected runs'],
      ['e', 'Archive the selected runs, or bring them back'],
      ['Delete', 'Move the selected runs to the trash'],
      ['Alt ← →', 'On a column’s head: move the column; with Shift make it narrower or wider'],
      ['l', 'Logarithmic or linear steps'],
      ['Esc', 'Clear the selection, the cursor, the zoom or the query']
    ] as readonly (readonly [string, string])[]
  },

  inspect: {
    title: 'Inspect',
    run: 'Run',
    chooseRun: 'Choose a run',
    noRuns: 'No run has a checkpoint yet. Train one, then look inside it here.',
    noCheckpoints:
      'This run has no checkpoint. Its folder may be away, or it has not written one yet.',
    accuracy: 'Accuracy',
    step: 'Checkpoint',
    stepOf: (step: number): string => `step ${formatCount(step)}`,
    at: (step: number, place: number, of: number): string =>
      `step ${formatCount(step)}, ${place} of ${of}`,
    before: 'Earlier checkpoint',
    after: 'Later checkpoint',
    play: 'Play',
    pause: 'Pause',
    job: 'View',
    compare: 'Beside it',
    beside: { none: 'Nothing', difference: 'Difference to', run: 'Another run' },
    otherStep: 'Step to subtract',
    subtracted: 'subtracted',
    otherRun: 'Run to compare with',
    probes: 'Prompts',
    probe: { split: 'Sample', random: 'One at random', row: 'One row', text: 'Typed' },
    split: 'Split',
    count: 'How many',
    seed: 'Seed',
    row: 'Row',
    tokens: 'Tokens',
    tokensHint: 'attr_0 q e_1 mask e_2',
    group: 'Tokens',
    groups: {
      ...{ values: 'Values', entities: 'Entities', attributes: 'Attributes' },
      ...{ labels: 'Labels', all: 'All' }
    },
    layer: 'Layer',
    working: (percent: number): string => `Working, ${percent} %`,
    asked: 'Looking inside',
    shows: (name: string, step: number): string => `${name}, step ${formatCount(step)}`,
    change: (from: number, to: number): string =>
      `Change from step ${formatCount(from)} to step ${formatCount(to)}`,
    notComparable: 'These answers have other labels and cannot be subtracted.',
    prompt: 'Prompt',
    numbers: 'Numbers',
    rows: 'Rows',
    moreRows: (n: number): string => `${formatCount(n)} more in the exported data`,
    export: 'Export',
    exportFigure: 'Figure',
    exportFilm: { gif: 'All checkpoints, GIF', zip: 'All checkpoints, PNG frames' },
    exportJson: 'Everything, JSON',
    exportTensors: 'Arrays, safetensors',
    exportCsv: (name: string): string => `${name}, CSV`,
    nothing: 'Choose a view and prompts.',
    notes: 'How to read it'
  },

  circuit: {
    title: 'Circuit report',
    from: 'From',
    to: 'To',
    usualFrom: 'where it had memorised',
    usualTo: 'newest checkpoint',
    step: (step: number): string => `step ${formatCount(step)}`,
    working: (percent: number): string => `Asking the checkpoints, ${percent} %`,
    asked: 'Asking the checkpoints',
    save: 'Save the report',
    formats: { html: 'One page, HTML', md: 'Markdown', tex: 'LaTeX' }
  },

  states: {
    queued: 'queued',
    starting: 'starting',
    running: 'running',
    paused: 'paused',
    finished: 'finished',
    stopped: 'stopped',
    interrupted: 'interrupted',
    failed: 'failed'
  } satisfies Record<RunState, string>,

  runs: {
    title: 'Runs',
    filter: 'Filter runs',
    shelves: { current: 'Current', archived: 'Archived', trash: 'Trash' },
    filterExample: 'Words, or model.family = llama and ood > .9',
    completions: 'Completions',
    shelf: 'Shelf',
    group: 'Group rows',
    differences: 'Only differences',
    bands: {
      run: (): string => 'The run',
      setting: (n: number): string => plural(n, 'setting that differs', 'settings that differ'),
      result: (): string => 'What it came to'
    },
    differencesHelp: 'Shows the settings in which the runs found differ, and no others',
    pickColumn: 'Compare',
    pickHelp: 'Runs that are picked for Compare; without any, it shows what the query finds',
    pick: (name: string): string => `Compare ${name}`,
    picked: (n: number): string => `${formatCount(n)} picked`,
    unpickAll: 'Unpick all runs',
    resize: 'Drag to make the column wider or narrower',
    label: 'Tags and note',
    exported: 'the table',
    exportCaption: (n: number, query: string, folded: string | null): string =>
      `${plural(n, 'run')}${query ? ` found by ${query}` : ''}${folded ? `; ${folded} in one row, mean ± standard deviation over them` : ''}. >: not reached by the last evaluation.`,
    foldedSeeds: 'seeds of one config',
    foldedBy: (settings: string): string => `runs that agree in ${settings}`,

    columnPanel: {
      title: 'Columns',
      shown: 'Shown, in order',
      add: 'Add',
      search: 'Find a setting, metric or event',
      none: 'Nothing of that name that is not shown already.',
      usual: 'Usual columns',
      settings: 'Settings',
      metrics: 'Metrics',
      events: 'Events',
      facts: 'About the run',
      pin: (label: string): string => `Keep ${label} in sight`,
      earlier: (label: string): string => `Move ${label} to the left`,
      later: (label: string): string => `Move ${label} to the right`,
      hide: (label: string): string => `Hide ${label}`,
      place: (label: string): string => `Which value of ${label}`,
      stepOf: (label: string): string => `Step of ${label}`,
      places: {
        last: 'last',
        best: 'best',
        memorisation: 'at memorisation',
        generalisation: 'at generalisation',
        step: 'at step'
      }
    },

    selection: {
      title: 'Selected runs',
      count: (runs: string): string => `${runs} selected`,
      pick: 'Compare',
      unpick: 'Leave out of Compare',
      space: 'Space',
      label: 'Tag',
      clear: 'Clear'
    },

    labels: {
      title: 'Tags and note',
      none: 'Select runs to give them tags and notes.',
      tags: 'Tags',
      add: 'Add tags, separated by commas',
      remove: (tag: string): string => `Remove ${tag}`,
      giveToAll: (tag: string): string => `Give ${tag} to all of them`,
      note: 'Note',
      notePlaceholder: 'What should be remembered about this run',
      kept: 'Kept in the run’s folder.'
    },

    count: (shown: number, all: number): string =>
      shown === all ? plural(all, 'run') : `${formatCount(shown)} of ${plural(all, 'run')}`,
    emptyTitle: 'No runs yet',
    empty:
      'Choose a preset, look at its data set and start it. The run then stands here, for good.',
    emptyArchived: 'No archived runs. Archiving takes a run out of the way and keeps everything.',
    emptyTrash: 'The trash is empty.',
    noMatch: (text: string): string => `No run matches “${text}”.`,
    clearFilter: 'Clear the filter',
    actions: (name: string): string => `Actions for ${name}`,
    open: 'Open',
    rename: 'Rename',
    renameRun: 'Name of the run',
    archive: 'Archive',
    unarchive: 'Bring back from the archive',
    delete: 'Move to trash',
    restore: 'Restore',
    copySettings: 'New run with these settings',
    queueFirst: 'First in the queue',
    queueLast: 'Last in the queue',
    archived: (runs: readonly RunRow[]): string => `${nameOf(runs)} archived.`,
    unarchived: (runs: readonly RunRow[]): string => `${nameOf(runs)} back from the archive.`,
    trashed: (runs: readonly RunRow[]): string => `${nameOf(runs)} in the trash.`,
    restored: (runs: readonly RunRow[]): string => `${nameOf(runs)} back from the trash.`,
    labelled: (runs: readonly RunRow[]): string =>
      `Label of ${runs.length === 1 ? `“${runs[0]!.name}”` : plural(runs.length, 'run')} kept.`
  },

  palette: {
    title: 'Go to or do',
    placeholder: 'A place, an action, a saved view or a run',
    nothing: 'Nothing of that name.',
    places: 'Places',
    actions: 'Actions',
    views: 'Saved views',
    runs: 'Runs',
    fold: 'Fold the seeds of each config into one row',
    unfold: 'Show every run in a row of its own',
    differences: 'Show only the settings in which runs differ',
    allColumns: 'Show the chosen columns again',
    shelves: {
      current: 'Current runs',
      archived: 'Archived runs',
      trash: 'Runs in the trash'
    },
    redo: 'Do again'
  },

  views: {
    title: 'Saved views',
    name: 'Name for what is shown now',
    save: 'Save',
    replace: 'Replace',
    saved: (name: string): string => `View “${name}” is saved.`,
    none: 'No saved views. A view holds query, columns, order, picked runs and charts.',
    rename: (name: string): string => `Rename ${name}`,
    remove: (name: string): string => `Remove ${name}`,
    copyLink: 'Copy link',
    copied: 'The link to this view is copied.',
    export: 'Export',
    import: 'Import',
    reset: 'Usual view'
  },

  newRun: {
    title: 'New run',
    presets: 'Presets',
    copied: (name: string): string => `Settings of “${name}”`,
    form: 'Settings',
    preview: 'What you will get',
    groups: {
      data: 'Data',
      model: 'Model',
      optimizer: 'Optimizer',
      budget: 'Budget'
    } satisfies Record<Group, string>,
    more: (n: number): string => `More (${n})`,
    fewer: 'Fewer',
    changes: (n: number): string => `${plural(n, 'change')} to the preset`,
    resetAll: 'Reset all',
    reset: (label: string, value: string): string => `Reset ${label} to ${value}`,
    changed: 'changed',
    useNearest: (value: string): string => `Use ${value}`,
    name: 'Name',
    namePlaceholder: (preset: boolean): string =>
      preset ? 'Named after the preset' : 'Named after its settings',
    kind: 'Kind',
    family: 'Family',
    chooseFile: 'Choose file',
    engine: 'Engine',
    engines: {
      auto: 'Best available',
      native: 'Native TensorFlow',
      eager: 'Native, eager',
      wasm: 'WebAssembly',
      cpu: 'Plain JavaScript'
    } satisfies Record<EngineChoice, string>,
    start: (runs: number, lasts: string | null, steps: number | null): string => {
      const what = runs === 1 ? 'Start run' : `Start ${runs} runs`
      if (lasts !== null) return `${what}, about ${lasts}`
      return steps === null ? what : `${what}, ${plural(steps, 'step')}`
    },
    enqueue: (runs: number, before: number): string =>
      `Add ${runs === 1 ? '' : `${runs} runs `}to queue, ${plural(before, 'run')} before ${runs === 1 ? 'it' : 'them'}`,
    seeds: 'Seeds',
    seedsHelp: 'Starts so many runs at once: with the seed of the form, the next one, and so on.',
    layout: 'Layout of the settings',
    onePage: 'One page',
    stepwise: 'Step by step',
    attention: 'needs attention',
    back: 'Back',
    next: (group: string): string => `Next: ${group}`,
    source: 'Source',
    unmeasured: 'No measurement of this preset yet.',
    curve: (memorised: number | null, generalised: number | null): string =>
      `Accuracy over steps on a logarithmic axis, training behind, test in front. ${memorised === null ? 'Not memorised' : `Memorised at step ${formatCount(memorised)}`}, ${generalised === null ? 'not generalised' : `generalised at step ${formatCount(generalised)}`}.`,
    grokHere: (time: string): string => `Groks after about ${time} here.`,
    grokThere: (time: string): string => `Groks after ${time} where it was measured.`,
    measuredOn: (machine: string, date: string, seed: number): string =>
      `Measured on ${machine}, ${date}, seed ${seed}.`,
    starting: 'Starting',
    blocked: (n: number): string =>
      `${plural(n, 'setting needs', 'settings need')} attention first`,
    queued: (name: string, more: number): string =>
      more > 0
        ? `Waits until “${name}” and ${plural(more, 'other run')} are done.`
        : `Waits until “${name}” is done.`,
    building: 'Building the data set',
    previewFailed: 'The data set could not be built.',
    fixFirst: 'Shown for the last valid settings.',
    fixToShow: 'Shown once all settings are valid.',
    perEpoch: 'steps per epoch',
    epochs: 'epochs',
    examplesCount: 'training examples',
    counts: 'Counts',
    splits: 'Evaluation splits',
    probes: 'probes',
    classes: 'answers',
    chance: 'Accuracies to read curves against',
    notes: 'Notes',
    leaks: 'Leak checks',
    leakFree: 'none found',
    leaked: (n: number): string => plural(n, 'violation'),
    examples: 'Sequences as they are fed',
    targets: 'Outlined tokens are predicted.',
    vocabulary: 'vocabulary',
    context: 'tokens per sequence',
    hash: 'Content hash'
  },

  plan: {
    forecast: 'What it takes',
    time: 'Time',
    timeEach: 'Time for each run',
    notMeasured: 'not measured yet',
    noBasis: 'No similar run on this machine: known after 200 steps.',
    basis: (runs: number, same: boolean): string =>
      same
        ? `Measured here on ${plural(runs, 'run')} of this shape.`
        : `Scaled by work from ${plural(runs, 'run')} measured here.`,
    disk: 'Disk',
    diskParts: (kept: number, free: string | null): string =>
      `${plural(kept, 'checkpoint')} kept${free === null ? '' : `; ${free} free`}.`,
    memory: 'Peak memory',
    memoryParts: (state: string, activations: string, process: string): string =>
      `${state} weights, gradients and moments, ${activations} activations, ${process} for the engine.`,
    flops: 'Work per step',
    parameters: 'Parameters',
    parts: {
      embedding: 'Embedding',
      attention: 'Attention and mixers',
      mlp: 'MLP',
      norm: 'Norms',
      head: 'Head'
    } satisfies Record<ModelPart, string>,
    total: 'In all',
    differences: 'Differences',
    becomes: 'becomes',
    warningsTitle: 'Warnings',
    warnings: {
      memory: (needs: string, has: string): string =>
        `This needs about ${needs} of memory; the machine has ${has}. A smaller batch or width needs less.`,
      disk: (needs: string, has: string): string =>
        `This writes about ${needs}; ${has} are free. Keep fewer checkpoints, or write them less often.`,
      unfair: (title: string, [before, after]: readonly string[]): string =>
        `Not a fair pair: ${title.replace(/ with the family$/, '')} (${before}; here ${after}).`,
      size: (before: number, after: number): string =>
        `Not a fair pair: ${formatCount(before)} parameters there, ${formatCount(after)} here.`,
      decay: 'Without weight decay the runs measured here memorise and do not grok.',
      decayTime: (steps: number, budget: number): string =>
        `Weight decay acts over 1/(lr × decay) = ${formatCount(steps)} steps; the budget is ${formatCount(budget)}.`
    }
  },

  fork: {
    action: 'Fork from a checkpoint',
    title: 'Fork',
    namePlaceholder: 'Named after its parent',
    changes: (n: number): string => `${plural(n, 'change')} to the parent`,
    of: (name: string): string => `Fork of “${name}”`,
    step: 'From the checkpoint of step',
    none: 'This run has no checkpoint to fork from.',
    optimizer: 'Moments of the optimizer',
    moments: { kept: 'Kept', reset: 'Reset' },
    help: 'Steps count on from there. Data, architecture and seed are those of the parent; with nothing changed the fork repeats it exactly.',
    fixed: 'As in the run that is forked.',
    family: 'Family',
    gone: 'A run that is no longer here',
    at: (step: number, reset: boolean): string =>
      `from step ${formatCount(step)}${reset ? ', moments reset' : ''}`
  },

  tour: {
    title: 'See it once',
    offer:
      'A one-layer transformer learns additions modulo 59, 40 % of them. It knows those by heart within seconds, and gets the others right only much later, all at once. You can watch it happen.',
    watch: (native: boolean): string =>
      `Watch a model grok (${native ? 'about a minute' : 'some minutes without the native engine'})`,
    no: 'Not now',
    names: { watch: 'First grok', control: 'First grok, without weight decay' },
    guide: 'What you see',
    stages: { memorising: 'Memorising', waiting: 'Waiting', there: 'Grokked' },
    control: 'The same without weight decay',
    toControl: 'To the run without weight decay',
    back: 'To the run that grokked',
    done: 'Done',
    says: {
      watch: {
        starting: () =>
          'The trainer builds the data set and the model. The curves begin at step 0.',
        memorising: () =>
          'The solid line is accuracy on the equations it trains on, the heavy one on equations it never sees. The first climbs: the model learns its equations by heart.',
        waiting: (test: string) =>
          `Memorised: every training equation is right, and of the unseen ones ${test}. By the look of the training loss it is done. Weight decay goes on shrinking the weights. Wait.`,
        there: (test: string) =>
          `There: the unseen equations come right too (${test}), long after the training ones. The model has found a rule that needs less weight than a list. That is grokking; the bracket under the chart is the delay.`,
        missed: () =>
          'This run ended before it generalised. Start a new one from the preset, or go on from here.'
      },
      control: {
        starting: () => 'The same data, the same first weights, weight decay off.',
        memorising: () => 'It memorises just as fast.',
        waiting: (test: string) =>
          `Memorised. Accuracy on unseen equations is ${test}: nothing pushes the model off its list now, and within this budget it is not expected to move.`,
        there: (test: string) => `It generalised all the same (${test}).`,
        missed: () =>
          'The budget is spent. Compare the heavy lines of the two runs: the only setting that differs is weight decay.'
      }
    } satisfies Record<TourRun, Record<TourStage, (test: string) => string>>
  },

  machine: {
    title: 'Machine',
    attention: 'Something could be better: see Machine',
    examining: 'Looking at this machine. This takes ten seconds at most.',
    checkAgain: 'Check again',
    checking: 'Checking',
    checkedAt: (when: string): string => `checked ${when}`,
    failed: 'This machine could not be examined',
    more: 'More about this machine',
    findings: 'What was found',
    levels: { problem: 'Problem', warning: 'Warning', note: 'Note' },
    copy: 'Copy',
    copyCommand: (command: string): string => `Copy “${command}”`,
    copied: (command: string): string => `Copied: ${command}`,
    speed: 'Speed of the engines',
    speedHelp:
      'Products of two square float32 matrices, the best of half a second. A GPU that has TensorFloat-32 uses it. Logarithmic scale.',
    notUsable: (why: string | null): string => `cannot be used: ${why}`,
    used: 'trains',
    facts: 'Processor and system',
    system: 'System',
    processor: 'Processor',
    cores: (n: number): string => plural(n, 'core'),
    features: 'Vector instructions',
    featuresUnknown: 'not told by this system',
    memory: 'Memory',
    free: (bytes: string): string => `${bytes} free`,
    runtime: 'Node',
    gpu: 'GPU',
    card: 'Card',
    noGpu: 'None that the NVIDIA driver lists.',
    driver: 'Driver',
    capability: 'Compute capability',
    unknown: 'not known',
    libraries: 'CUDA libraries',
    librariesFound: (n: number): string => `all ${n} found`,
    librariesMissing: (n: number): string => `${n} missing`,
    missing: 'missing',
    build: 'Engine installed',
    builds: { cpu: 'for the processor', cuda: 'for NVIDIA GPUs' } as Readonly<
      Record<string, string>
    >,
    library: 'Library folder',
    folder: 'Folder',
    writeSpeed: 'Write speed',
    space: 'Free space',
    sqlite: 'SQLite',
    sqliteMissing: 'cannot be used'
  },

  compare: {
    exported: 'the curves',
    title: 'Compare',
    tabs: 'Ways to compare',
    curves: 'Curves',
    sideBySide: 'Side by side',
    plots: 'Plots',
    pick: 'Pick runs',
    toolbar: 'How curves are drawn',
    x: 'x',
    xScale: 'x scale',
    yScale: 'y',
    quantities: {
      step: 'step',
      epoch: 'epoch',
      examples: 'examples',
      tokens: 'tokens',
      flops: 'FLOPs',
      time: 'time at work',
      relative: 'share of the run'
    } as Readonly<Record<string, string>>,
    align: 'Align at',
    aligns: {
      none: 'the start',
      memorisation: 'memorisation = 0',
      generalisation: 'generalisation = 0'
    } as const,
    smoothing: 'Smoothing',
    smoothingValue: (weight: number): string => (weight === 0 ? 'off' : String(weight)),
    group: 'Group',
    centre: 'Centre',
    centres: { mean: 'mean', median: 'median' } as const,
    band: 'Band',
    bands: {
      none: 'none',
      minmax: 'min to max',
      sd: '± std. deviation',
      se: '± std. error',
      ci95: '95 % t interval'
    } as const,
    members: 'Members',
    events: 'Events',
    panels: 'Panels',
    addPanel: 'Add …',
    panel: (title: string): string => `Panel ${title}`,
    moveBefore: 'Move one place forward',
    moveAfter: 'Move one place back',
    logY: 'Logarithmic y',
    linearY: 'Linear y',
    removePanel: 'Remove panel',
    usualPanels: 'Usual panels',
    count: (shown: number, found: number): string =>
      shown < found
        ? `the first ${plural(shown, 'run')} of ${formatCount(found)}: pick some, or narrow the query`
        : plural(shown, 'run'),
    groupCount: (n: number): string => `${plural(n, 'group')},`,
    filter: 'Filter compared runs',
    filterExample: 'Only some of them: words, or model.family = llama and ood > .9',
    clearQuery: 'Clear the filter of the table of runs',
    picked: 'picked by hand',
    queried: (query: string): string => `found by “${query}”`,
    leftOutQuantity: (n: number, what: string): string =>
      `${plural(n, 'run is', 'runs are')} left out: ${what} is not recorded.`,
    leftOutEvent: (n: number, event: string): string =>
      `${plural(n, 'run is', 'runs are')} left out: no ${event} yet.`,
    noValue: '–',
    membersOf: (n: number): string => plural(n, 'member'),
    nValues: (n: number): string => `n ${n}`,
    between: (low: string, high: string): string => `${low} to ${high}`,
    show: (name: string): string => `Show ${name}`,
    unpick: (name: string): string => `Take ${name} out`,
    cursor: (title: string): string => `${title}: cursor`,
    last: 'last in sight',
    zoomHint:
      'Drag to zoom, Shift-wheel to pan, Ctrl-wheel to zoom, double-click for all; click pins the cursor.',
    empty: 'Nothing is recorded yet.',
    emptyHidden: 'All curves are hidden: click one in the list to show it again.',
    emptyAligned: 'No run has come to this event.',
    emptyQuantity: 'This is not recorded with these runs.',
    noRunsTitle: 'No runs to compare',
    noRuns: 'Start a run first. Two or more then stand here side by side.',
    noMatch: (query: string): string => `No run matches “${query}”.`
  },

  run: {
    missing: 'There is no such run in this library.',
    further: 'Further curves',
    toRuns: 'To the runs',
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    stopTitle: 'Stop this run for good? What it recorded stays.',
    stopNow: 'Stop run',
    keepRunning: 'Keep running',
    checkpoint: 'Checkpoint now',
    menu: 'More actions',
    showFolder: 'Show the run’s folder',
    steps: (step: number, steps: number): string =>
      `${formatCount(step)} of ${plural(steps, 'step')}`,
    rate: (rate: number): string => `${rate >= 100 ? Math.round(rate) : rate.toFixed(1)} steps/s`,
    epoch: (epoch: number): string =>
      `epoch ${epoch >= 10 ? formatCount(Math.floor(epoch)) : epoch.toFixed(1)}`,
    etaUnknown: 'time left not known yet',
    queueNote: 'Waits for its turn.',
    startingNote: 'Building the data set and the model.',
    fallback: 'fallback',
    failedTitle: 'This run failed',
    interruptedTitle: 'This run was interrupted',
    resumeFrom: (step: number): string => `It can go on from step ${formatCount(step)}.`,
    resumeStart: 'It has no checkpoint yet and would begin again.',
    accuracy: 'Accuracy',
    loss: 'Loss per split',
    batchLoss: 'Batch loss',
    gradNorm: 'Gradient norm',
    allCharts: 'all charts',
    milestones: 'Milestones',
    xScale: 'Steps',
    lossScale: 'Loss',
    log: 'log',
    linear: 'linear',
    zeroNote: 'Step 0 stands left of the logarithmic axis, on its own tick.',
    resetZoom: 'Reset zoom',
    zoomHint: 'Drag to zoom, Shift-wheel to pan, Ctrl-wheel to zoom, double-click for all.',
    zoomed: (from: number, to: number): string =>
      `steps ${formatCount(from)} to ${formatCount(to)}`,
    lines: 'Splits shown',
    cursor: (title: string): string => `${title}: cursor`,
    cursorAt: (step: number): string => `step ${formatCount(step)}`,
    emptyQueued: 'The curves begin when the run starts.',
    emptyStarting: 'The first evaluation comes at step 0.',
    emptyNone: 'Nothing was recorded.',
    seriesFailed: 'The curves could not be read.',
    tryAgain: 'Try again',
    values: 'Values',
    last: 'last recorded',
    at: (step: number): string => `at step ${formatCount(step)}`,
    pinned: 'pinned',
    unpin: 'Unpin',
    split: 'Split',
    lossColumn: 'Loss',
    settings: 'Settings',
    differences: (preset: string): string => `Differs from ${preset}`,
    noDifferences: (preset: string): string => `As in ${preset}.`,
    noPreset: 'Differs from the defaults',
    presetValue: (value: string): string => `preset ${value}`,
    defaultValue: (value: string): string => `default ${value}`,
    allSettings: 'All settings',
    record: 'Record',
    dataset: 'Data set',
    config: 'Settings',
    parameters: 'Parameters',
    perEpoch: 'Steps per epoch',
    perStep: 'Work per step',
    created: 'Created',
    origin: 'Imported',
    proof: {
      title: 'Proof of exact resumption',
      exact: 'resumes exactly',
      differs: 'resumption differs'
    },
    duration: 'Duration',
    folder: 'Folder',
    runId: 'Run',
    copied: 'Copied',
    copy: (what: string): string => `Copy ${what}`,
    metrics: {
      batchLoss: 'Batch loss',
      gradNorm: 'Gradient norm',
      lr: 'Learning rate',
      weightNorm: 'Weight norm'
    } as Readonly<Record<string, string>>
  },

  checkpoints: checkpointTexts,
  packs: packTexts,
  studies: studyTexts,
  clusters: clusterTexts
} as const
