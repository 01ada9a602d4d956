/** Every view has an address in the hash, so back and forward work and a view can be copied as a link. */
export type Route =
  | { view: 'runs' }
  | { view: 'compare' }
  /** `step`: fork `from` at this step; else its settings are taken over. */
  | { view: 'new'; preset: string | null; from: string | null; step?: number | null }
  | { view: 'run'; id: string }
  | { view: 'machine' }

/** Reads `#/runs`, `#/compare`, `#/new?preset=NAME`, `#/new?from=RUN[&step=STEP]`, `#/run/ID`, `#/machine`; anything else is the list of runs. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  const [, view, id] = path.split('/')
  if (view === 'run' && id) {
    try {
      return { view, id: decodeURIComponent(id) }
    } catch {
      // A malformed escape names no run.
      return { view: 'runs' }
    }
  }
  if (view === 'new') {
    const wanted = new URLSearchParams(query)
    const step = Number(wanted.get('step'))
    const at = Number.isSafeInteger(step) && step > 0 ? { step } : {}
    return { view, preset: wanted.get('preset'), from: wanted.get('from'), ...at }
  }
  return { view: view === 'machine' || view === 'compare' ? view : 'runs' }
}

export function routeHash(route: Route): string {
  switch (route.view) {
    case 'runs':
    case 'compare':
    case 'machine':
      return `#/${route.view}`
    case 'run':
      return `#/run/${encodeURIComponent(route.id)}`
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
