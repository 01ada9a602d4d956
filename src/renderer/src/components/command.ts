import type { IconName } from './icons'

/** What the command palette can go to or do. */
export interface Command {
  /** Commands of one group stand together under its name. */
  group: string
  label: string
  icon: IconName
  /** Searched too, such as the id of a run. */
  words?: string
  keys?: string
  run: () => void
}
