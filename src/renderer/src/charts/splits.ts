/** How each split is drawn, everywhere: a split keeps its colour, dash and marker for ever. */
export interface LineStyle {
  /** Name of a CSS custom property that holds the colour. */
  color: string
  /** Canvas dash pattern in px; empty for a solid line. */
  dash: readonly number[]
  width: number
  marker: 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot'
}

export interface SplitStyle extends LineStyle {
  name: string
  label: string
  /** For the end of a line and narrow columns. */
  short: string
  help: string
}

export const splitStyles: readonly SplitStyle[] = [
  {
    name: 'train_inferred',
    label: 'Train, comparisons',
    short: 'train',
    help: 'Comparisons seen in training',
    color: '--split-train',
    dash: [],
    width: 1.5,
    marker: 'circle'
  },
  {
    name: 'test_inferred_iid',
    label: 'Test, IID comparisons',
    short: 'IID',
    help: 'Unseen comparisons of in-distribution entities',
    color: '--split-iid',
    dash: [7, 4],
    width: 1.75,
    marker: 'triangle'
  },
  {
    name: 'test_inferred_ood',
    label: 'Test, OOD comparisons',
    short: 'OOD',
    help: 'Comparisons of entities seen in training as atomic facts only',
    color: '--split-ood',
    dash: [],
    width: 2.75,
    marker: 'rect'
  },
  {
    name: 'id_atomic',
    label: 'Atomic facts, ID',
    short: 'atomic ID',
    help: 'Facts about in-distribution entities, seen in training',
    color: '--split-id-atomic',
    dash: [0.5, 4],
    width: 2.25,
    marker: 'rectRot'
  },
  {
    name: 'ood_atomic',
    label: 'Atomic facts, OOD',
    short: 'atomic OOD',
    help: 'Facts about out-of-distribution entities, seen in training',
    color: '--split-ood-atomic',
    dash: [0.5, 4],
    width: 2.25,
    marker: 'crossRot'
  }
]

/** A dash this short is a dot, which wants round ends. */
export const isDotted = ({ dash }: LineStyle): boolean => dash.length > 0 && dash[0]! < 1

/** The one style of lines that belong to no split. */
export const plainStyle: LineStyle = {
  color: '--series',
  dash: [],
  width: 1.25,
  marker: 'circle'
}
