import type { IconName } from './icons'

/** An entry of a menu. */
export interface MenuItem {
  label: string
  icon?: IconName
  danger?: boolean
  disabled?: boolean
  run: () => void
}
