import { resolve } from 'node:path'
import { defaultLibrary } from '../library'
import type { Arguments, Host } from './command'

/** The library folder that a command is about. */
export function libraryFolder(host: Host, args: Arguments): string {
  const named = args.text('runs')
  return named ? resolve(named) : defaultLibrary(host.platform, host.env, host.home)
}
