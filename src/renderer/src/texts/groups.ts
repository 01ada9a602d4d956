/** What is said of runs that are put together, in the table and in Compare. */
import type { RunRow } from '@shared/contract'
import { settingWords, withoutSeed } from '@shared/run-groups'
import { formatCount, plural } from '../format'

export const groupTexts = {
  menu: (label: string, words: string): string => `${label}: ${words}`,
  none: 'none',
  seeds: 'seeds of one config',
  bySettings: 'By settings, one or several',
  values: (n: number): string => plural(n, 'value'),
  alike: 'These runs differ in no setting but the seed.',
  groups: (groups: number, runs: number): string =>
    `${plural(groups, 'group')} of ${plural(runs, 'run')}`,
  /** Of a group: what its runs agree in, and how many there are. */
  name: ([first]: readonly RunRow[], by: readonly string[]): string =>
    by.length > 0 ? settingWords(first!, by) : withoutSeed(first!.name),
  size: (n: number, by: readonly string[]): string => plural(n, by.length > 0 ? 'run' : 'seed'),
  /** Behind a value that not all of a group have. */
  n: (n: number): string => `(n ${formatCount(n)})`
} as const
