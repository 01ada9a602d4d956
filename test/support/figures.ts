/** Figures of every kind of layer, with numbers as runs give them. */
import type { Axis, Figure, Layer, LegendEntry, Panel } from '../../src/shared/figure/figure'
import { groupStyle } from '../../src/shared/figure/run-styles'
import { splitStyles, type SplitStyle } from '../../src/shared/figure/split-styles'
import { shortCount, shortValue, ticksOf } from '../../src/shared/figure/ticks'

export const stepAxis = (last: number, label = 'step (log, 0 set apart)'): Axis => {
  const scale = { kind: 'log', zero: -0.4 } as const
  const domain = [-0.4, Math.log10(last)] as const
  return { label, scale, domain, ticks: ticksOf(domain, scale, { wanted: 8, label: shortCount }) }
}

export const linearAxis = (label: string, low: number, high: number, wanted = 6): Axis => {
  const scale = { kind: 'linear' } as const
  const domain = [low, high] as const
  return { label, scale, domain, ticks: ticksOf(domain, scale, { wanted, label: shortValue }) }
}

export const categoryAxis = (label: string, labels: readonly string[]): Axis => ({
  ...{ label, scale: { kind: 'category', labels }, domain: [-0.5, labels.length - 0.5] },
  ticks: labels.map((text, position) => ({ position, label: text }))
})

/** Step 0, then steps at equal distances of their logarithm. */
export const steps = (last: number, count = 60): number[] => [
  0,
  ...Array.from({ length: count }, (_, i) =>
    Math.round(10 ** ((i * Math.log10(last)) / (count - 1)))
  )
]

/** From chance to 1 around a step. */
const rise = (step: number, at: number, steepness: number, low = 0.35): number =>
  step === 0 ? low : low + (1 - low) / (1 + (at / step) ** steepness)

const last = 300_000
const jumps: Record<string, (step: number) => number> = {
  train_inferred: (s) => rise(s, 700, 2.4),
  test_inferred_iid: (s) => rise(s, 2_500, 2.2),
  test_inferred_ood: (s) =>
    rise(s, 90_000, 3, 0.31) - 0.08 * Math.exp(-((Math.log10(s + 1) - 3.4) ** 2)),
  id_atomic: (s) => rise(s, 300, 2.8, 0.05),
  ood_atomic: (s) => rise(s, 420, 2.8, 0.05)
}

const splits = splitStyles.comparison
const splitLine = (split: SplitStyle, y: (step: number) => number): Layer => ({
  ...{ kind: 'line', key: split.name, label: split.label, style: split, endLabel: split.short },
  points: steps(last).map((step) => [step, y(step)] as const),
  total: 2_431
})

const splitLegend: LegendEntry[] = splits.map((split) => ({
  ...{ key: split.name, label: split.label, style: split }
}))

const accuracyPanel: Panel = {
  ...{ key: 'accuracy', title: 'Accuracy', notes: ['showing 61 of 2,431 points'] },
  x: stepAxis(last),
  y: linearAxis('accuracy', 0, 1),
  layers: [
    { kind: 'rule', key: 'chance', label: 'knows no value 0.34', axis: 'y', at: 0.3367 },
    ...splits.map((split) => splitLine(split, jumps[split.name]!)),
    {
      ...{ kind: 'events', key: 'events', label: 'milestones' },
      marks: {
        ticks: [
          { key: 'train', x: 2_310, color: '--split-train', title: 'train 0.99' },
          { key: 'ood', x: 214_000, color: '--split-ood', title: 'OOD 0.99' }
        ],
        brackets: [
          {
            ...{ key: 'ood', from: 2_310, to: 214_000, color: '--split-ood' },
            ...{ label: 'OOD 211,690', title: 'delay' }
          }
        ]
      }
    }
  ]
}

const lossAxis = (): Axis => {
  const scale = { kind: 'log', zero: null } as const
  const domain = [-3.2, 0.9] as const
  return {
    label: 'loss',
    scale,
    domain,
    ticks: ticksOf(domain, scale, { wanted: 5, label: shortValue })
  }
}

const lossPanel: Panel = {
  ...{ key: 'loss', title: 'Loss', notes: ['showing 61 of 2,431 points'] },
  x: stepAxis(last),
  y: lossAxis(),
  layers: splits.map((split) => splitLine(split, (s) => 2.6 * (1.0005 - jumps[split.name]!(s))))
}

/** One run of the comparison task: accuracy with chance and milestones. */
export const oneRun: Figure = {
  ...{ title: 'comparison-base, seed 1', panels: [accuracyPanel], columns: 1, legend: splitLegend },
  caption: 'Accuracy of one run (comparison-base, seed 1) over the step.'
}

/** The same with its loss. */
export const twoPanels: Figure = {
  ...oneRun,
  ...{ panels: [accuracyPanel, lossPanel], columns: 2 },
  caption: 'Accuracy and loss of one run (comparison-base, seed 1) over the step.'
}

const families = ['GPT-2', 'LLaMA', 'RWKV-4', 'Mamba-1']

const groupLayers = (spread: number): Layer[] =>
  families.flatMap((family, g): Layer[] => {
    const style = { ...groupStyle(g), width: 2.25 }
    const at = [60_000, 110_000, 900_000, 5_000_000][g]!
    const mean = (s: number): number => rise(s, at, 2.5, 0.32)
    const xs = steps(last, 80)
    return [
      {
        ...{ kind: 'band', key: `${family} band`, label: family, of: family, color: style.color },
        points: xs.map((s) => {
          const half = spread * (mean(s) - 0.3) * (1.03 - mean(s)) * 2
          return [s, mean(s) - half, mean(s) + half] as const
        })
      },
      ...[0.8, 1, 1.25].map((shift, i): Layer => ({
        ...{ kind: 'line', key: `${family} ${i}`, label: `${family}, seed ${i}`, of: family },
        points: xs.map((s) => [s, rise(s, at * shift, 2.5, 0.32)] as const),
        ...{ style, faint: true, total: 81 }
      })),
      {
        ...{ kind: 'line', key: family, label: `${family}, 3 seeds`, of: family, style },
        ...{ points: xs.map((s) => [s, mean(s)] as const), total: 243, endLabel: family }
      }
    ]
  })

/** Four architectures, three seeds each, with their interval. */
export const groups: Figure = {
  ...{ title: 'OOD accuracy by architecture', columns: 1 },
  panels: [
    {
      ...{ key: 'ood', title: 'OOD accuracy', notes: ['mean of 3 seeds, 95 % t interval'] },
      ...{ x: stepAxis(last), y: linearAxis('accuracy', 0, 1), layers: groupLayers(0.6) }
    }
  ],
  legend: families.map((family, g) => ({
    ...{ key: family, label: `${family}, 3 seeds`, style: { ...groupStyle(g), width: 2.25 } }
  })),
  caption:
    'OOD accuracy of 12 runs: 4 architectures, 3 seeds each; line: mean; band: 95 % t interval.'
}

/** A phase diagram: outcome by entities and ratio. */
export const heatMap: Figure = {
  ...{ title: 'Where it groks', columns: 1, legend: [] },
  panels: [
    {
      ...{
        key: 'heat',
        title: 'OOD accuracy at the end',
        notes: ['median of 5 seeds; empty: not run']
      },
      x: categoryAxis('entities', ['100', '200', '400', '600', '800', '1,000']),
      y: categoryAxis('inferred : atomic', ['3.6', '7.2', '12.6', '18']),
      layers: [
        {
          ...{ kind: 'cells', key: 'cells', label: 'OOD accuracy', ramp: 'sequential' },
          ...{ range: [0.3, 1], quantity: 'OOD accuracy' },
          cells: Array.from({ length: 24 }, (_, i) => {
            const [x, y] = [i % 6, Math.floor(i / 6)]
            const value = 0.33 + 0.66 / (1 + Math.exp(-(x + y - 4.5) * 1.6))
            const missing = i === 23 || i === 3
            return {
              ...{ x, y, value: missing ? null : value, title: '' },
              text: missing ? '' : value.toFixed(2)
            }
          })
        }
      ]
    }
  ],
  caption: 'OOD accuracy at the last step over entities and ratio; 5 seeds a cell.'
}

/** Delay by architecture, and delay against weight decay. */
export const boxesAndDots: Figure = {
  ...{ title: 'Delays', columns: 2 },
  panels: [
    {
      ...{
        key: 'boxes',
        title: 'Delay by architecture',
        notes: ['whiskers: smallest and largest']
      },
      x: categoryAxis('architecture', ['GPT-2', 'LLaMA', 'RWKV-4', 'Mamba-1']),
      y: linearAxis('delay (1,000 steps)', 0, 300),
      layers: [
        {
          ...{ kind: 'boxes', key: 'boxes', label: 'delay' },
          boxes: families.map((label, i) => ({
            ...{ x: i, low: 40 + 30 * i, q1: 60 + 32 * i, median: 72 + 36 * i, q3: 90 + 40 * i },
            ...{ high: 120 + 45 * i, n: 5, color: `--run-${i + 1}`, label }
          }))
        }
      ]
    },
    {
      ...{ key: 'dots', title: 'Delay and weight decay', notes: ['hollow: not by the last step'] },
      x: {
        ...{ label: 'weight decay', scale: { kind: 'log', zero: null }, domain: [-2.1, 0.6] },
        ticks: [0.01, 0.1, 1].map((value) => ({
          position: Math.log10(value),
          label: String(value)
        }))
      },
      y: linearAxis('delay (1,000 steps)', 0, 300),
      layers: families.map((family, g) => ({
        ...{ kind: 'dots', key: family, label: family, marker: groupStyle(g).marker },
        dots: [0.01, 0.03, 0.1, 0.3, 1, 3].map((decay, i) => ({
          ...{
            x: decay,
            y: Math.min(290, (240 + 20 * g) / (1 + 2 * decay) + 6 * ((i * 7 + g) % 5))
          },
          ...{ id: `${family}${i}`, title: family, color: `--run-${g + 1}`, hollow: decay < 0.02 },
          ...(i === 2 && { aside: [6, -4] as const })
        }))
      }))
    }
  ],
  legend: families.map((family, g) => ({
    ...{ key: family, label: family, style: { color: `--run-${g + 1}` } }
  })),
  caption: 'Delay of 24 runs.'
}

const parallel = [
  ['model.nLayer', [1, 2, 4, 8]],
  ['optimizer.weightDecay', [0.01, 0.03, 0.1, 0.3]],
  ['dataset.entities', [100, 400, 1000]],
  ['OOD accuracy, last', [0.2, 0.6, 1]]
] as const

/** Parallel coordinates over settings and a metric. */
export const parallelAxes: Figure = {
  ...{ title: 'Settings and OOD accuracy', columns: 1, legend: [], caption: '12 runs.' },
  panels: [
    {
      ...{ key: 'parallel', title: 'Settings and OOD accuracy', notes: [] },
      x: linearAxis('', 0, parallel.length - 1),
      y: linearAxis('', 0, 1),
      layers: [
        {
          ...{ kind: 'axes', key: 'axes', label: '' },
          axes: parallel.map(([label, values], x) => ({
            ...{ x, label },
            ticks: values.map((value, i) => ({
              ...{ position: i / (values.length - 1), label: String(value) }
            }))
          }))
        },
        ...Array.from({ length: 12 }, (_, i): Layer => ({
          ...{ kind: 'line', key: `run ${i}`, label: `run ${i}`, of: `run ${i}`, total: 4 },
          style: { ...groupStyle(i), width: 1.25 },
          points: [
            [0, (i % 4) / 3],
            [1, ((i * 3 + 1) % 4) / 3],
            [2, (i % 3) / 2],
            [3, ((i * 5) % 12) / 12 + 0.05]
          ]
        }))
      ]
    }
  ]
}

export const allFigures: Readonly<Record<string, Figure>> = {
  ...{ oneRun, twoPanels, groups, heatMap, boxesAndDots, parallelAxes }
}
