/** Every view has an address in the hash, so back and forward work and a view can be copied as a link. */
export type Route =
  | { view: 'runs' }
  | { view: 'compare' }
  | { view: 'new'; preset: string | null; from: string | null }
  | { view: 'run'; id: string }
  | { view: 'machine' }

/** Reads `#/runs`, `#/compare`, `#/new?preset=NAME`, `#/new?from=RUN`, `#/run/ID`, `#/machine`; anything else is the list of runs. */
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
    return { view, preset: wanted.get('preset'), from: wanted.get('from') }
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
      const { preset, from } = route
      const query = new URLSearchParams({ ...(preset && { preset }), ...(from && { from }) })
      return query.size ? `#/new?${query}` : '#/new'
    }
  }
}
