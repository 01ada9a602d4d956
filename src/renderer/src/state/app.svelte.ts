/** The page's state, created once and passed by context. */
import { createContext } from 'svelte'
import type { Api } from '../api'
import { Clusters } from './clusters.svelte'
import { Clock } from './clock.svelte'
import { Exporter } from './exporter.svelte'
import { Inspect } from './inspect.svelte'
import { LibraryNotices } from './library-notices.svelte'
import { Machine } from './machine.svelte'
import { Marks } from './marks.svelte'
import { Notices } from './notices.svelte'
import { Packs } from './packs.svelte'
import { Router } from './router.svelte'
import { Runs } from './runs.svelte'
import { Settings } from './settings.svelte'
import { Studies } from './studies.svelte'
import { ShownRuns } from './shown-runs.svelte'
import { Tour } from './tour.svelte'
import { Undo } from './undo.svelte'
import { ViewState } from './view.svelte'

export interface AppState {
  settings: Settings
  router: Router
  notices: Notices
  undo: Undo
  runs: Runs
  view: ViewState
  shown: ShownRuns
  studies: Studies
  marks: Marks
  machine: Machine
  clusters: Clusters
  libraryNotices: LibraryNotices
  exporter: Exporter
  packs: Packs
  inspect: Inspect
  clock: Clock
  tour: Tour
}

export function createAppState(api: Api): AppState {
  const undo = new Undo()
  const notices = new Notices(undo)
  const router = new Router()
  const runs = new Runs(api, notices)
  const view = new ViewState(api, router, notices, undo)
  const clock = new Clock()
  return {
    settings: new Settings(localStorage, matchMedia('(prefers-color-scheme: dark)')),
    router,
    notices,
    undo,
    runs,
    view,
    shown: new ShownRuns(runs, view, clock),
    studies: new Studies(api, runs, notices),
    marks: new Marks(),
    machine: new Machine(api),
    clusters: new Clusters(api, runs, notices),
    libraryNotices: new LibraryNotices(api),
    exporter: new Exporter(api, localStorage, notices),
    packs: new Packs(api, router, notices),
    inspect: new Inspect(runs, router),
    clock,
    tour: new Tour(runs, localStorage)
  }
}

export const [useApp, provideApp] = createContext<AppState>()
