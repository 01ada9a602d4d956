/** The view that the address names. Going somewhere means changing the address. */
import { parseRoute, routeHash, type Route } from '../routes'

export class Router {
  route = $state.raw<Route>(parseRoute(location.hash))

  constructor() {
    addEventListener('hashchange', () => (this.route = parseRoute(location.hash)))
  }

  go(route: Route): void {
    location.hash = routeHash(route)
  }

  /** Changes the address without a new entry for "back". */
  replace(route: Route): void {
    history.replaceState(null, '', routeHash(route))
    this.route = route
  }
}
