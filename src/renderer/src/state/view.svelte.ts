/**
 * The one view that all places share: which runs, which columns, which curves (shared/view.ts). It stands in the
 * address of the places that show it, so that back, forward and links work; every change can be undone; the server
 * keeps the last one for the next start, and others by name.
 */
import { UserError } from '@shared/errors'
import type { CurvesView, View } from '@shared/view'
import {
  equal,
  usualView,
  viewFromAddress,
  viewToAddress,
  type SavedView
} from '@shared/view-address'
import type { Api } from '../api'
import type { Notices } from './notices.svelte'
import type { Router } from './router.svelte'
import type { Undo } from './undo.svelte'

/** Places whose address holds the view. */
const placesWithView = ['#/runs', '#/compare']
/** As many as the view's schema takes. */
const mostPicked = 200
/** How long the view rests before the server is told. */
const restMs = 1000

export class ViewState {
  current = $state.raw<View>(usualView)
  /** Those kept by name, as the server last told them, in the order of their names. */
  saved = $state.raw<readonly SavedView[]>([])
  /** What kind of change the last one was; further ones of the kind join it. */
  #joined: string | null = null
  /** The last change, which further ones of its kind join. */
  #change: { before: View; after: View } | null = null
  /** Whether the address or the person has said what is to be seen. */
  #chosen = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly api: Api,
    readonly router: Router,
    readonly notices: Notices,
    readonly undo: Undo
  ) {
    // An address without a view is the name of a place: the view stays, and is added.
    addEventListener('hashchange', () => this.#readAddress())
    this.#readAddress()
    api.onStatus((status) => {
      if (status === 'connected') void this.#load()
    })
  }

  /**
   * Changes fields of the view.
   * @param kind changes of one kind in a row are one to undo and one entry for "back", such as `typing` or `zoom`
   */
  change(fields: Partial<View>, kind: string | null = null): void {
    this.set({ ...this.current, ...fields }, kind)
  }

  /** The same for fields of the curves. */
  changeCurves(fields: Partial<CurvesView>, kind: string | null = null): void {
    this.change({ curves: { ...this.current.curves, ...fields } }, kind)
  }

  /** Puts another view in its place, as a saved one or an imported one. */
  set(next: View, kind: string | null = null): void {
    const before = this.current
    if (equal(next, before)) return
    const joins = kind !== null && kind === this.#joined
    this.#joined = kind
    this.#show(next, joins ? 'replace' : 'push')
    if (joins && this.#change) this.#change.after = next
    else this.#did(before, next)
  }

  #did(before: View, after: View): void {
    const change = { before, after }
    this.#change = change
    this.undo.did({ undo: () => this.#go(change.before), redo: () => this.#go(change.after) })
  }

  /** Adds runs to those picked for comparing, or takes them out. More than can be told apart are refused. */
  pick(ids: readonly string[], picked: boolean): void {
    const others = this.current.picked.filter((id) => !ids.includes(id))
    const next = picked
      ? [...this.current.picked, ...ids.filter((id) => !this.current.picked.includes(id))]
      : others
    if (next.length > mostPicked) {
      this.notices.failed(
        new UserError(
          'view.picked',
          `${next.length} runs are more than the ${mostPicked} that can be picked.`,
          'Leave all of them out to compare what the query finds.'
        )
      )
    } else this.change({ picked: next })
  }

  /** Keeps the view under a name; one that has the name is replaced. */
  async save(name: string): Promise<boolean> {
    return this.#ask(() => this.api.request['views.save']({ name, view: this.current }))
  }

  async rename(name: string, to: string): Promise<boolean> {
    return this.#ask(() => this.api.request['views.rename']({ name, to }))
  }

  /** Takes a saved view away; that can be undone. */
  async remove({ name, view }: SavedView): Promise<boolean> {
    const gone = await this.#ask(() => this.api.request['views.remove']({ name }))
    if (gone) {
      this.undo.did({
        undo: () => void this.#ask(() => this.api.request['views.save']({ name, view }))
      })
    }
    return gone
  }

  #go(view: View): void {
    this.#joined = null
    this.#show(view, 'push')
  }

  #show(view: View, entry: 'push' | 'replace' | 'none'): void {
    this.current = view
    this.#chosen = true
    if (entry !== 'none') this.#writeAddress(entry)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      // Where the line is down, the next change or start says it again.
      this.api.request['views.keep']({ view: this.current }).catch(() => {})
    }, restMs)
  }

  #writeAddress(entry: 'push' | 'replace'): void {
    const [place = ''] = (location.hash || '#/runs').split('?')
    if (!placesWithView.includes(place)) return
    const address = `${place}?${viewToAddress(this.current)}`
    if (address === location.hash) return
    if (entry === 'push') history.pushState(null, '', address)
    else history.replaceState(null, '', address)
  }

  #readAddress(): void {
    const [place = '', query = ''] = (location.hash || '#/runs').split('?')
    if (!placesWithView.includes(place)) return
    try {
      const view = viewFromAddress(query)
      if (view) {
        this.#joined = null
        const before = this.current
        if (equal(view, before)) this.#chosen = true
        else {
          // Going back is a change like any other; the first address is where everything starts.
          if (this.#chosen) this.#did(before, view)
          this.#show(view, 'none')
        }
        return
      }
    } catch (error) {
      this.notices.failed(error)
    }
    this.#writeAddress('replace')
  }

  async #load(): Promise<void> {
    await this.#ask(async () => {
      const { last, saved } = await this.api.request['views.list']({})
      if (last && !this.#chosen) {
        this.current = last
        this.#chosen = true
        this.#writeAddress('replace')
      }
      return saved
    })
  }

  async #ask(request: () => Promise<readonly SavedView[]>): Promise<boolean> {
    try {
      this.saved = await request()
      return true
    } catch (error) {
      this.notices.failed(error)
      return false
    }
  }
}
