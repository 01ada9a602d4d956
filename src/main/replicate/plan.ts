/** What is trained, and what each run is said to do. */
import type { Preset } from '@shared/config'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'

/** groks: every test generalises, one of them after training did. stays: the OOD test, or the only one, does not. */
export type Expectation = 'groks' | 'stays'

export interface PlannedRun {
  preset: string
  seed: number
  expected: Expectation
}

/** Presets by the beginning of their names. */
const quickFamilies = ['modular-']
const allFamilies = [...quickFamilies, 'comparison-mini']
const controls = ['modular-control']

/** What a preset says of itself: its measured run generalised, or did not by its end. */
const saysOf = ({ name, curve }: Preset): Expectation =>
  controls.includes(name) || curve?.generalised === null ? 'stays' : 'groks'

/**
 * Runs in the order in which they are trained: the quick presets first, seeds of one preset together.
 * @throws {UserError} `replicate.preset` for a name that is none of these presets
 */
export function planOf(
  presets: readonly Preset[],
  {
    quick,
    seeds,
    only
  }: { quick: boolean; seeds: readonly number[]; only?: readonly string[] | undefined }
): PlannedRun[] {
  const plan = (quick ? quickFamilies : allFamilies).flatMap((family) =>
    presets
      .filter(({ name }) => name.startsWith(family))
      .flatMap((preset) =>
        seeds.map((seed): PlannedRun => {
          return { preset: preset.name, seed, expected: saysOf(preset) }
        })
      )
  )
  const names = [...new Set(plan.map(({ preset }) => preset))]
  const strange = only?.find((name) => !names.includes(name))
  if (strange !== undefined) {
    const near = nearestName(strange, names)
    throw new UserError(
      'replicate.preset',
      `"${strange}" is none of the presets that are replicated.`,
      `${near ? `Did you mean ${near}? ` : ''}They are ${names.join(', ')}.`
    )
  }
  return only ? plan.filter(({ preset }) => only.includes(preset)) : plan
}
