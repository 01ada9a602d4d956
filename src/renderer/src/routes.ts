import { inspectJobNames, type InspectJobName } from '@shared/inspect'

/** Every view has an address in the hash, so back and forward work and a view can be copied as a link. */
export type Route =
  | { view: 'runs' }
  | { view: 'compare' }
  /** `step`: fork `from` at this step; else its settings are taken over. */
  | { view: 'new'; preset: string | null; from: string | null; step?: number | null }
  | { view: 'run'; id: string }
  | { view: 'studies'; from: string | null }
  | { view: 'study'; id: string }
  | { view: 'machine' }
  | { view: 'clusters' }
  | InspectRoute

/** Null: not chosen yet. */
export interface InspectRoute {
  view: 'inspect'
  run: string | null
  step: number | null
  job: InspectView | null
}

/** A job put to one checkpoint, or the circuit report on two. */
export type InspectView = InspectJobName | 'circuit'
const inspectViews: readonly InspectView[] = [...inspectJobNames, 'circuit']

/** Reads `#/runs`, `#/compare`, `#/inspect?run=RUN&step=N&job=JOB`, `#/new?preset=NAME`, `#/new?from=RUN[&step=STEP]`, `#/run/ID`, `#/machine`, `#/clusters`; anything else is the list of runs. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  const [, view, id] = path.split('/')
  if ((view === 'run' || view === 'studies') && id) {
    try {
      return { view: view === 'run' ? view : 'study', id: decodeURIComponent(id) }
    } catch {
      // A malformed escape names no run.
      return { view: 'runs' }
    }
  }
  if (view === 'studies') return { view, from: new URLSearchParams(query).get('from') }
  if (view === 'new') {
    const wanted = new URLSearchParams(query)
    const step = Number(wanted.get('step'))
    const at = Number.isSafeInteger(step) && step > 0 ? { step } : {}
    return { view, preset: wanted.get('preset'), from: wanted.get('from'), ...at }
  }
  if (view === 'inspect') {
    const wanted = new URLSearchParams(query)
    const step = wanted.get('step') ?? ''
    const job = inspectViews.find((name) => name === wanted.get('job')) ?? null
    return {
      view,
      run: wanted.get('run'),
      step: /^\d{1,15}$/.test(step) ? Number(step) : null,
      job
    }
  }
  const plain = ['machine', 'compare', 'clusters'] as const
  return { view: plain.find((name) => name === view) ?? 'runs' }
}

export function routeHash(route: Route): string {
  switch (route.view) {
    case 'runs':
    case 'compare':
    case 'machine':
    case 'clusters':
      return `#/${route.view}`
    case 'studies':
      return route.from === null
        ? '#/studies'
        : `#/studies?${new URLSearchParams({ from: route.from })}`
    case 'study':
      return `#/studies/${encodeURIComponent(route.id)}`
    case 'run':
      return `#/run/${encodeURIComponent(route.id)}`
    case 'inspect': {
      const { run, step, job } = route
      const query = new URLSearchParams({
        ...(run !== null && { run }),
        ...(step !== null && { step: String(step) }),
        ...(job !== null && { job })
      })
      return query.size ? `#/inspect?${query}` : '#/inspect'
    }
    case 'new': {
      const { preset, from, step } = route
      const query = new URLSearchParams({
        ...(preset && { preset }),
        ...(from && { from }),
        ...(from && step && { step: String(step) })
      })
      return query.size ? `#/new?${query}` : '#/new'
    }
  }
}
