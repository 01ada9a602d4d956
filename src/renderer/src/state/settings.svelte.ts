/** How the person likes to look at things; kept in the browser's storage, per library. */
import type { ScaleKind } from '@shared/figure/scale'

export type ThemeChoice = 'system' | 'light' | 'dark'

const key = 'settings'

export class Settings {
  themeChoice = $state<ThemeChoice>('system')
  /** Scale of the step axis, the same for every chart. */
  stepScale = $state<ScaleKind>('log')
  lossScale = $state<ScaleKind>('log')
  /** Groups of metrics that a run's page draws beside the usual ones (measure-groups.ts), by key. */
  furtherCurves = $state.raw<readonly string[]>([])
  #systemDark = $state(false)

  readonly theme: 'light' | 'dark' = $derived(
    this.themeChoice === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.themeChoice
  )

  constructor(storage: Storage, systemDark: MediaQueryList) {
    this.#systemDark = systemDark.matches
    systemDark.addEventListener('change', ({ matches }) => (this.#systemDark = matches))
    const saved = readSaved(storage)
    this.themeChoice = oneOf(saved['theme'], ['system', 'light', 'dark'], 'system')
    this.stepScale = oneOf(saved['stepScale'], ['log', 'linear'], 'log')
    this.lossScale = oneOf(saved['lossScale'], ['log', 'linear'], 'log')
    this.furtherCurves = texts(saved['furtherCurves'])
    $effect.root(() => {
      $effect(() => {
        const { themeChoice: theme, stepScale, lossScale, furtherCurves } = this
        storage.setItem(key, JSON.stringify({ theme, stepScale, lossScale, furtherCurves }))
      })
      $effect(() => {
        document.documentElement.dataset['theme'] = this.theme
      })
    })
  }
}

function readSaved(storage: Storage): Record<string, unknown> {
  try {
    const saved: unknown = JSON.parse(storage.getItem(key) ?? '{}')
    return typeof saved === 'object' && saved !== null ? { ...saved } : {}
  } catch {
    // Written by something else: the defaults are as good as any.
    return {}
  }
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((a) => a === value) ?? otherwise
}
