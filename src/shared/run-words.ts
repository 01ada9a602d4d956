/** The short words that stand for a run's model and data in rows and searches. */
import type { RunRow } from './contract'
import { valueAt } from './config-input'
import { familyNames } from './config'
import { datasetKind } from './dataset-config'
import { familyOf } from './setting-tags'

const at = (run: Pick<RunRow, 'config'>, path: string): unknown =>
  valueAt(run.config, path.split('.'))

/** The family and the sizes of a run's model: "GPT-2" and "4L 256d 4h". */
export function modelParts(run: Pick<RunRow, 'config'>): { family: string; sizes: string } {
  const sizes = [
    ['nLayer', 'L'],
    ['dModel', 'd'],
    ['nHead', 'h']
  ].map(([name, unit]) => {
    const size = at(run, `model.${name}`)
    return size ? `${size}${unit}` : ''
  })
  return { family: familyNames[familyOf(run.config)], sizes: sizes.filter(Boolean).join(' ') }
}

export const modelWords = (run: Pick<RunRow, 'config'>): string =>
  Object.values(modelParts(run)).join(' ')

/** "comparison 1000×20 φ 12.6", "x+y mod 113, 30 %" */
export function datasetWords(run: Pick<RunRow, 'config'>): string {
  const kind = datasetKind(run.config)
  const of = (name: string): string => String(at(run, `dataset.${name}`))
  const percent = (name: string): string => `${Number((100 * Number(of(name))).toPrecision(3))} %`
  switch (kind) {
    case 'comparison':
      return `comparison ${of('entities')}×${of('attributes')} φ ${of('phi')}`
    case 'in-context':
      return `in-context ${percent('contextShare')}, ${of('entities')}×${of('attributes')} φ ${of('phi')}`
    case 'composition':
      return `composition ${of('entities')}×${of('degree')} φ ${of('phi')}`
    case 'modular': {
      const operation = of('operation')
      const modulus = operation.endsWith('S5') ? '' : ` mod ${of('modulus')}`
      return `${operation}${modulus}, ${percent('trainFraction')}`
    }
    case 'facts':
      return `${of('path').split(/[\\/]/).at(-1)} φ ${of('phi')}`
    default:
      return kind satisfies never
  }
}
