/** The figures of a circuit report. */
import type { Figure, LineLayer, Panel } from '../figure/figure'
import { curvePanel } from '../figure/curve-panel'
import { scaleFor } from '../figure/scale'
import { plainStyle, type LineStyle } from '../figure/split-styles'
import { labelled, type LabelledArray } from '../inspect'
import { heatPanel } from '../inspect-figures'
import type { CircuitReading, Target } from './reading'

const size = { width: 420, height: 220 }

/** Readability over layers, one panel for each token: both splits, the earlier checkpoint dashed. */
export function readabilityFigure(
  { readable, plan, layers }: CircuitReading,
  targets: readonly Target[],
  short: (split: string) => string
): Figure {
  const styleOf = (split: string, step: number): LineStyle => ({
    ...plainStyle,
    color: split === plan.ood ? '--split-ood' : '--split-train',
    dash: step === plan.to ? [] : [6, 4],
    marker: split === plan.ood ? 'rect' : 'circle'
  })
  const lineName = (split: string, step: number): string =>
    `${short(split)}, step ${step.toLocaleString('en')}`
  const panels = targets.map((target): Panel => {
    const curves = readable
      .filter((r) => r.target === target)
      .map(({ split, step, byLayer }): LineLayer => {
        const points = byLayer.flatMap((value, layer) =>
          Number.isFinite(value) ? [[layer, value] as const] : []
        )
        const name = lineName(split, step)
        return {
          ...{ kind: 'line', key: `${split}/${step}`, label: name, of: name },
          ...{ style: styleOf(split, step), points, total: points.length }
        }
      })
    return curvePanel({
      ...{ key: target, title: titles[target], curves, size },
      x: {
        quantity: { label: 'layer', ticks: { label: String, whole: true } },
        scale: scaleFor('linear', { range: [0, layers], least: 1 }),
        range: [0, layers]
      },
      y: { label: target === 'labels' ? 'recall' : 'MRR', scale: 'linear', ends: [0, 1.02] }
    })
  })
  const lines = readable.filter(({ target }) => target === targets[0])
  return {
    title: `Logit lens over layers: ${targets.map((target) => titles[target]).join(', ')}`,
    columns: 2,
    panels,
    legend: lines.map(({ split, step }) => {
      const name = lineName(split, step)
      return { key: name, label: name, style: styleOf(split, step) }
    }),
    caption: `${targets.map((target) => titles[target]).join(' and ')} by layer, at most ${plan.count} prompts of each split; layer 0 is the embedding.`
  }
}

const titles: Record<Target, string> = {
  v1: 'First value at e1',
  v2: 'Second value at e2',
  labels: 'Labels at a',
  answer: 'Answer at e2'
}

/** Causal strength of each link at both checkpoints, and its change, as the paper draws it. */
export function linkFigure({ links, plan, layers }: CircuitReading): Figure {
  const changes = [...new Set(links.map(({ change }) => change))]
  const depth = Array.from({ length: layers + 1 }, (_, layer) => layer)
  const map = (of: (link: (typeof links)[number]) => number | undefined): LabelledArray =>
    labelled(
      { changed: changes, layer: depth },
      changes.flatMap((change) =>
        depth.map((layer) => {
          const link = links.find((each) => each.change === change && each.layer === layer)
          return (link && of(link)) ?? NaN
        })
      )
    )
  const at = (step: number): string => `step ${step.toLocaleString('en')}`
  const heat = (title: string, array: LabelledArray, isChange: boolean): Panel =>
    heatPanel(array, { title, quantity: 'strength', isChange, ends: [0, 1], turned: true })
  const { from, to } = plan
  const panels = [
    ...(from === null
      ? []
      : [
          heat(
            `At ${at(from)}`,
            map(({ before }) => before?.value),
            false
          )
        ]),
    heat(
      `At ${at(to)}`,
      map(({ after }) => after.value),
      false
    ),
    ...(from === null
      ? []
      : [
          heat(
            'Change',
            map(({ difference }) => difference?.value),
            true
          )
        ])
  ]
  return {
    title: 'Causal strength of the links to the answer',
    columns: panels.length,
    panels,
    legend: [],
    caption: `Causal strength by changed token and layer, prompts seen in training${from === null ? '' : `; change: ${at(to)} minus ${at(from)}`}.`
  }
}
