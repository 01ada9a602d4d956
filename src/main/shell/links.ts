import { isLinked } from '@shared/links'

/**
 * Hands a page elsewhere to the user's browser. The page asks for it, so nothing about the address is believed.
 * @param open takes the address in the form that was checked, e.g. Electron's `shell.openExternal`
 * @returns whether it was one that the app points at
 */
export async function openLink(
  address: unknown,
  open: (address: string) => Promise<void>
): Promise<boolean> {
  if (typeof address !== 'string' || !isLinked(address)) return false
  await open(new URL(address).href)
  return true
}
