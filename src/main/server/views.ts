/**
 * Views by name, and the one that was looked at last. They are kept as what differs from the usual view. Those with a
 * name are files (view-folder.ts); where the person was last is the history's, and goes with it.
 */
import type { RequestHandlers } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { View } from '@shared/view'
import { readView, viewDifferences, type SavedView } from '@shared/view-address'
import type { Store } from '../store/store'
import type { ViewFolder } from './view-folder'

const lastKey = 'lastView'

type Handlers = Pick<
  RequestHandlers,
  'views.list' | 'views.keep' | 'views.save' | 'views.rename' | 'views.remove'
>

export function createViews(
  store: Store,
  folder: ViewFolder,
  log: (line: string) => void,
  now: () => number
): Handlers {
  takeFromHistory(store, folder, log)

  /** Null for what another version wrote and this one cannot show: it stays where it is. */
  function read(view: unknown, what: string): View | null {
    try {
      return readView(view, what)
    } catch (error) {
      log(`${what} is passed over: ${(error as Error).message}`)
      return null
    }
  }

  const saved = (): SavedView[] =>
    folder.list().flatMap(({ name, view: stored, savedAt }) => {
      const view = read(stored, `The saved view "${name}"`)
      return view ? [{ name, view, savedAt }] : []
    })

  const unknown = (name: string): UserError =>
    new UserError('view.unknown', `There is no saved view "${name}".`, 'It may have been renamed.')

  return {
    'views.list': () => {
      const last = store.setting(lastKey)
      return { last: last ? read(JSON.parse(last), 'The last view') : null, saved: saved() }
    },
    'views.keep': ({ view }) => {
      store.setSetting(lastKey, JSON.stringify(viewDifferences(view)))
      return {}
    },
    'views.save': ({ name, view }) => {
      folder.write({ name, view: viewDifferences(view), savedAt: now() })
      return saved()
    },
    'views.rename': ({ name, to }) => {
      const stored = folder.list()
      const view = stored.find((view) => view.name === name)
      if (!view) throw unknown(name)
      if (to === name) return saved()
      if (stored.some((view) => view.name === to)) {
        throw new UserError(
          'view.taken',
          `There is a view "${to}" already.`,
          'Choose another name, or remove that view first.'
        )
      }
      // A loss of power in between leaves both: one too many, never none.
      folder.write({ ...view, name: to })
      folder.remove(name)
      return saved()
    },
    'views.remove': ({ name }) => {
      if (!folder.remove(name)) throw unknown(name)
      return saved()
    }
  }
}

/** Views of before they were files: each is written, and only then forgotten by the history. */
function takeFromHistory(store: Store, folder: ViewFolder, log: (line: string) => void): void {
  const inHistory = store.views()
  if (inHistory.length === 0) return
  const names = new Set(folder.list().map(({ name }) => name))
  for (const { name, view, savedAt } of inHistory) {
    try {
      // One that is a file already was written by this version, after that of the history.
      if (!names.has(name)) folder.write({ name, savedAt, view: JSON.parse(view) })
      store.removeView(name)
    } catch (error) {
      log(`The saved view "${name}" stays in the history: ${(error as Error).message}`)
    }
  }
}
