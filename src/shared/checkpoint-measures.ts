/**
 * Inspect jobs at checkpoints (checkpoints.inspect): their numbers become metrics of the run, drawn, compared and
 * queried as all others are.
 */
import type { RunConfig } from './config'
import { measuredJobNames, type InspectJobName } from './inspect-jobs'
import type { Refuse } from './model-config'
import { splitsOf } from './splits'

/** The names in a list with commas. */
const listed = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)

/** The jobs that a run does at its checkpoints, each once. */
export const measuredJobs = ({ inspect }: RunConfig['checkpoints']): InspectJobName[] =>
  measuredJobNames.filter((job) => listed(inspect).includes(job))

/** Under which name a run records a number of a job: `logit-lens/mrr/v1/layer-3`. No spaces: queries name it. */
export const measureName = (job: InspectJobName, name: string): string =>
  `${job}/${name.replaceAll(' ', '-')}`

export function checkMeasures({ checkpoints, dataset }: RunConfig, refuse: Refuse): void {
  const path = ['checkpoints', 'inspect']
  for (const word of listed(checkpoints.inspect)) {
    if ((measuredJobNames as string[]).includes(word)) continue
    refuse(path, `names "${word}", which is none of ${measuredJobNames.join(', ')}`)
    return
  }
  const isAddition =
    dataset.kind === 'modular' && dataset.operation === 'x+y' && dataset.modulus % 2 === 1
  if (measuredJobs(checkpoints).includes('fourier') && !isAddition) {
    refuse(path, 'names fourier, which is about x+y modulo an odd number alone')
  }
  const names = splitsOf[dataset.kind].map(({ name }) => name)
  const { inspectSplit } = checkpoints
  if (inspectSplit !== '' && !names.includes(inspectSplit)) {
    refuse(
      ['checkpoints', 'inspectSplit'],
      `is "${inspectSplit}", which is none of ${names.join(', ')}`
    )
  }
}
