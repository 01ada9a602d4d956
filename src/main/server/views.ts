/** Views by name, and the one that was looked at last. They are kept as what differs from the usual view. */
import type { RequestHandlers } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { View } from '@shared/view'
import { readView, viewDifferences, type SavedView } from '@shared/view-address'
import type { Store } from '../store/store'

const lastKey = 'lastView'

type Handlers = Pick<
  RequestHandlers,
  'views.list' | 'views.keep' | 'views.save' | 'views.rename' | 'views.remove'
>

export function createViews(
  store: Store,
  log: (line: string) => void,
  now: () => number
): Handlers {
  const write = (view: View): string => JSON.stringify(viewDifferences(view))

  /** Null for what another version wrote and this one cannot show: it stays where it is. */
  function read(text: string, what: string): View | null {
    try {
      return readView(JSON.parse(text), what)
    } catch (error) {
      log(`${what} is passed over: ${(error as Error).message}`)
      return null
    }
  }

  const saved = (): SavedView[] =>
    store.views().flatMap(({ name, view: text, savedAt }) => {
      const view = read(text, `The saved view "${name}"`)
      return view ? [{ name, view, savedAt }] : []
    })

  const unknown = (name: string): UserError =>
    new UserError('view.unknown', `There is no saved view "${name}".`, 'It may have been renamed.')

  return {
    'views.list': () => {
      const last = store.setting(lastKey)
      return { last: last ? read(last, 'The last view') : null, saved: saved() }
    },
    'views.keep': ({ view }) => {
      store.setSetting(lastKey, write(view))
      return {}
    },
    'views.save': ({ name, view }) => {
      store.saveView({ name, view: write(view), savedAt: now() })
      return saved()
    },
    'views.rename': ({ name, to }) => {
      const names = store.views().map((view) => view.name)
      if (!names.includes(name)) throw unknown(name)
      if (to !== name && names.includes(to)) {
        throw new UserError(
          'view.taken',
          `There is a view "${to}" already.`,
          'Choose another name, or remove that view first.'
        )
      }
      store.renameView(name, to)
      return saved()
    },
    'views.remove': ({ name }) => {
      if (!store.removeView(name)) throw unknown(name)
      return saved()
    }
  }
}
