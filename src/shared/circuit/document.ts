/** A circuit report in words, tables and figures: the paper's questions, each answered by numbers of this run. */
import { familyNames } from '../config'
import { parseRunConfig } from '../config-input'
import type { RunRow } from '../contract'
import { datasetKind } from '../dataset-config'
import type { ReportBlock, ReportDocument } from '../report/document'
import { findSplit } from '../splits'
import type { CellValue, TableData } from '../table-data'
import { linkFigure, readabilityFigure } from './figures'
import { limitsOf } from './limits'
import {
  carriesUntil,
  readableFrom,
  type CircuitReading,
  type Link,
  type Readability,
  type Target
} from './reading'

const written = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : 'none')
const step = (value: number): string => `step ${value.toLocaleString('en')}`

/** All of the report, the same for the page and for files. */
export function circuitDocument(
  run: Pick<RunRow, 'name' | 'id' | 'config'>,
  reading: CircuitReading
): ReportDocument {
  const { plan, layers } = reading
  const { model } = parseRunConfig(run.config)
  const kind = datasetKind(run.config)
  const short = (split: string): string => findSplit(kind, split)?.label ?? split
  const checkpoints = plan.from === null ? step(plan.to) : `${step(plan.from)} and ${step(plan.to)}`
  return {
    title: `Circuit of ${run.name}`,
    facts: [
      `Run ${run.id}; ${familyNames[model.family]}, ${layers} layers; checkpoints of ${checkpoints}. ${plan.why}`,
      `At most ${plan.count} prompts of each split, drawn with seed ${plan.seed}, the same at both checkpoints. Positions: a attribute, e1 and e2 the entities; the answer is read at e2. Layer 0 is the embedding.`,
      'Questions and protocol: Wang, Yue, Su and Sun 2024 (arXiv 2405.15071), section 4.'
    ],
    blocks: [
      { kind: 'heading', text: 'What it can do' },
      { kind: 'table', table: accuracyTable(reading, short) },
      ...values(reading, short),
      ...labels(reading, short),
      ...links(reading),
      ...ood(reading),
      { kind: 'heading', text: 'Limits' },
      { kind: 'list', items: limitsOf(model, kind) }
    ]
  }
}

function accuracyTable({ accuracy }: CircuitReading, short: (split: string) => string): TableData {
  return {
    title: 'Accuracy on the prompts of this report',
    caption: 'The likeliest token of the whole vocabulary at e2 is the answer.',
    columns: [
      { name: 'split', label: 'Split', type: 'text' },
      { name: 'step', label: 'Step', type: 'number' },
      { name: 'accuracy', label: 'Accuracy', type: 'number' },
      { name: 'prompts', label: 'Prompts', type: 'number' }
    ],
    rows: accuracy.map(({ split, step, value, n }) => [short(split), step, value, n])
  }
}

const names: Record<Target, string> = {
  v1: 'the first value at e1',
  v2: 'the second value at e2',
  labels: 'the three labels at a',
  answer: 'the answer at e2'
}

/** "the first value at e1 from layer 3 on (at most 0.97)" */
function where({ target, from, byLayer }: Readability): string {
  const best = Math.max(...byLayer.filter(Number.isFinite))
  const at = from === null ? 'in no layer' : `from layer ${from} on`
  return `${names[target]} ${at} (at most ${written(best)})`
}

function values(reading: CircuitReading, short: (split: string) => string): ReportBlock[] {
  const { plan } = reading
  const of = (split: string, at: number): Readability[] =>
    reading.readable.filter(
      (r) => r.split === split && r.step === at && (r.target === 'v1' || r.target === 'v2')
    )
  const sentences = [plan.train, plan.ood].flatMap((split) =>
    [plan.from, plan.to]
      .filter((at) => at !== null)
      .map((at) => `${short(split)}, ${step(at)}: ${of(split, at).map(where).join('; ')}.`)
  )
  const both = of(plan.train, plan.to)
  const first = Math.max(...both.map(({ from }) => from ?? Infinity))
  return [
    { kind: 'heading', text: 'Are both values readable, and from which layer on?' },
    {
      kind: 'paragraph',
      text: Number.isFinite(first)
        ? `Yes: at ${step(plan.to)} both values are readable from layer ${first} of ${reading.layers} on, for comparisons seen in training (MRR of at least ${readableFrom}).`
        : `Not both: at ${step(plan.to)} at least one value stays below an MRR of ${readableFrom} to the last layer, for comparisons seen in training.`
    },
    { kind: 'list', items: sentences },
    { kind: 'figure', name: 'values', figure: readabilityFigure(reading, ['v1', 'v2'], short) },
    { kind: 'table', table: readabilityTable(reading, short) }
  ]
}

function readabilityTable(
  { readable, layers }: CircuitReading,
  short: (split: string) => string
): TableData {
  return {
    title: 'Logit lens where the circuit is expected to hold each token',
    caption:
      'Mean of 1/(rank + 1) among the whole vocabulary, ranks from 0; of the labels the share of the three that are among the three likeliest.',
    columns: [
      { name: 'split', label: 'Split', type: 'text' },
      { name: 'step', label: 'Step', type: 'number' },
      { name: 'token', label: 'Token', type: 'text' },
      ...Array.from({ length: layers + 1 }, (_, layer) => ({
        ...{ name: `layer_${layer}`, label: `Layer ${layer}`, type: 'number' as const }
      }))
    ],
    rows: readable.map(({ split, step, target, byLayer }): CellValue[] => [
      ...[short(split), step, names[target]],
      ...byLayer.map((value) => (Number.isFinite(value) ? Number(value.toFixed(3)) : null))
    ])
  }
}

function labels(reading: CircuitReading, short: (split: string) => string): ReportBlock[] {
  const { plan } = reading
  const [before, after] = [plan.from, plan.to].map((at) =>
    reading.readable.find((r) => r.split === plan.train && r.step === at && r.target === 'labels')
  )
  const answer = reading.readable.find(
    (r) => r.split === plan.train && r.step === plan.to && r.target === 'answer'
  )!
  const said = (r: Readability): string => {
    const best = Math.max(...r.byLayer.filter(Number.isFinite))
    return `recall ${written(best)} at best${r.from === null ? '' : `, at least ${readableFrom} from layer ${r.from} on`}`
  }
  return [
    {
      kind: 'heading',
      text: 'Does the attribute hold the labels, and where does the answer appear?'
    },
    {
      kind: 'paragraph',
      text: [
        `Labels at the attribute, ${step(plan.to)}: ${said(after!)}${before ? `; at ${step(before.step)}: ${said(before)}` : ''}.`,
        answer.from === null
          ? `The answer stays below an MRR of ${readableFrom} at e2 in every layer.`
          : `The answer is readable at e2 from layer ${answer.from} of ${reading.layers} on.`,
        'In the paper the attribute encodes the labels throughout training, and the answer is fetched in the upper layers.'
      ].join(' ')
    },
    {
      kind: 'figure',
      name: 'labels',
      figure: readabilityFigure(reading, ['labels', 'answer'], short)
    }
  ]
}

const changeNames: Readonly<Record<string, string>> = {
  a: 'the attribute',
  e1: 'the first entity',
  e2: 'the second entity'
}

function links(reading: CircuitReading): ReportBlock[] {
  const { plan } = reading
  const changes = Object.keys(reading.ceiling)
  const carried = changes.map((change) => {
    const until = carriesUntil(reading, change)
    const name = changeNames[change] ?? change
    const most = written(reading.ceiling[change]!)
    return until === null
      ? `Changing ${name} changes ${most} of the answers, and no state at its positions carries half of that.`
      : `Changing ${name} changes ${most} of the answers; the states at its positions carry half of that or more up to layer ${until}.`
  })
  const summary =
    plan.from === null
      ? 'There is no earlier checkpoint: strengths are those of the one there is.'
      : changes.map((change) => strengthened(reading.links, change)).join(' ')
  return [
    {
      kind: 'heading',
      text:
        plan.from === null
          ? 'Which states carry the answer?'
          : 'Which links strengthened between the checkpoints?'
    },
    { kind: 'paragraph', text: summary },
    { kind: 'list', items: carried },
    { kind: 'figure', name: 'links', figure: linkFigure(reading) },
    { kind: 'table', table: linkTable(reading) },
    {
      kind: 'paragraph',
      text: 'In the paper (8 layers) the link from a strengthens strongly up to the last layer, that from e1 up to layer 5 and not beyond, and that from e2 by the same amount in all layers.'
    }
  ]
}

/** "The link from e1 strengthened after layers 1, 2 (most after layer 2: +0.61, 95 % interval 0.55 to 0.67)." */
function strengthened(links: readonly Link[], change: string): string {
  const own = links.filter((link) => link.change === change && link.difference)
  const listed = (verdict: Link['verdict']): string =>
    own
      .filter((link) => link.verdict === verdict)
      .map(({ layer }) => layer)
      .join(', ')
  const name = changeNames[change] ?? change
  const parts = (['strengthened', 'weakened'] as const).flatMap((verdict) => {
    const layers = listed(verdict)
    if (layers === '') return []
    const sign = verdict === 'strengthened' ? 1 : -1
    const [most] = own.toSorted((a, b) => sign * (b.difference!.value - a.difference!.value))
    const { value, low, high } = most!.difference!
    return [
      `${verdict} after ${layers.includes(',') ? 'layers' : 'layer'} ${layers} (most after layer ${most!.layer}: ${value > 0 ? '+' : ''}${written(value)}, 95 % interval ${written(low)} to ${written(high)})`
    ]
  })
  return parts.length === 0
    ? `The link from ${name} shows no clear change in any layer.`
    : `The link from ${name} ${parts.join(' and ')}.`
}

function linkTable({ links, plan }: CircuitReading): TableData {
  const compared = plan.from !== null
  const share = (value: number): number => Number(value.toFixed(3))
  const number = (name: string, label: string) => ({ name, label, type: 'number' as const })
  return {
    title: 'Causal strength by layer',
    caption:
      'Share of the prompts whose likeliest answer changes when the residual stream after a layer, at the named positions (a: a and the one after it; e1: e1 and the one after it; e2), is replaced by that of the changed prompt. Intervals of shares: Wilson, 95 %; of differences: Newcombe, 95 %.',
    columns: [
      { name: 'changed', label: 'Changed', type: 'text' },
      number('layer', 'Layer'),
      ...(compared ? [number('before', `Step ${plan.from}`)] : []),
      number('after', `Step ${plan.to}`),
      number('low', 'Low'),
      number('high', 'High'),
      number('prompts', 'Prompts'),
      ...(compared
        ? [
            number('difference', 'Difference'),
            number('difference_low', 'Low'),
            number('difference_high', 'High'),
            { name: 'verdict', label: 'Verdict', type: 'text' as const }
          ]
        : [])
    ],
    rows: links.map(({ change, layer, before, after, difference, verdict }): CellValue[] => [
      ...[change, layer],
      ...(compared ? [before && share(before.value)] : []),
      ...[share(after.value), share(after.low), share(after.high), after.n],
      ...(compared
        ? [
            difference && share(difference.value),
            difference && share(difference.low),
            difference && share(difference.high),
            verdict
          ]
        : [])
    ])
  }
}

function ood({ readable, plan, accuracy }: CircuitReading): ReportBlock[] {
  const best = (split: string, target: Target): number =>
    Math.max(
      ...readable
        .find((r) => r.split === split && r.step === plan.to && r.target === target)!
        .byLayer.filter(Number.isFinite)
    )
  const at = (split: string): string => {
    const found = accuracy.find((a) => a.split === split && a.step === plan.to)
    return found ? written(found.value) : 'unknown'
  }
  const pairs = (['v1', 'v2'] as const)
    .map(
      (target) =>
        `${names[target]} ${written(best(plan.ood, target))} against ${written(best(plan.train, target))}`
    )
    .join(', ')
  return [
    { kind: 'heading', text: 'Are facts of OOD entities used like those of ID entities?' },
    {
      kind: 'paragraph',
      text: `Best MRR over the layers at ${step(plan.to)}, unseen OOD comparisons against training ones: ${pairs}; accuracy ${at(plan.ood)} against ${at(plan.train)}. In the paper's account atomic facts lie in the lower layers once, so that OOD facts are as readable as ID ones and comparisons generalise to them.`
    }
  ]
}
