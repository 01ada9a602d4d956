/** The page's state, created once and passed by context. */
import { createContext } from 'svelte'
import type { Api } from '../api'
import { Clock } from './clock.svelte'
import { Machine } from './machine.svelte'
import { Notices } from './notices.svelte'
import { Router } from './router.svelte'
import { Runs } from './runs.svelte'
import { Settings } from './settings.svelte'

export interface AppState {
  settings: Settings
  router: Router
  notices: Notices
  runs: Runs
  machine: Machine
  clock: Clock
}

export function createAppState(api: Api): AppState {
  const notices = new Notices()
  return {
    settings: new Settings(localStorage, matchMedia('(prefers-color-scheme: dark)')),
    router: new Router(),
    notices,
    runs: new Runs(api, notices),
    machine: new Machine(api),
    clock: new Clock()
  }
}

export const [useApp, provideApp] = createContext<AppState>()
