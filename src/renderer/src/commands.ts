/** What the command palette finds: places and actions first, then saved views, then runs by name. */
import { usualView } from '@shared/view-address'
import type { Command } from './components/command'
import type { AppState } from './state/app.svelte'
import { texts } from './texts'

/** A place of the left rail. */
export interface Place {
  hash: string
  icon: Command['icon']
  label: string
  keys: string
}

const t = texts.palette
/** Runs and views are many: so many of them are offered at once. */
const most = 12

/**
 * @param text letters or words; all must occur
 * @param showKeys opens the list of keys
 */
export function findCommands(
  app: AppState,
  places: readonly Place[],
  showKeys: () => void,
  text: string
): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const meant = ({ label, words: more = '' }: Pick<Command, 'label' | 'words'>): boolean => {
    const hay = `${label} ${more}`.toLowerCase()
    return words.every((word) => hay.includes(word))
  }
  const fixed = [...placeCommands(places), ...actions(app, showKeys)].filter(meant)
  const views = viewCommands(app).filter(meant).slice(0, most)
  // Without a word, all runs would be the newest ones, which the table shows already.
  const runs = words.length > 0 ? runCommands(app, meant) : []
  return [...fixed, ...views, ...runs]
}

function placeCommands(places: readonly Place[]): Command[] {
  return places.map(({ hash, icon, label, keys }) => ({
    ...{ group: t.places, label, icon, keys },
    run: () => void (location.hash = hash)
  }))
}

function actions({ view, undo, settings, packs }: AppState, showKeys: () => void): Command[] {
  const { folded, onlyDifferences, picked, shelf } = view.current
  const all: (Command & { off?: boolean })[] = [
    {
      ...{ group: t.actions, icon: 'fold', label: folded ? t.unfold : t.fold },
      run: () => view.change({ folded: !folded })
    },
    {
      ...{
        group: t.actions,
        icon: 'differ',
        label: onlyDifferences ? t.allColumns : t.differences
      },
      run: () => view.change({ onlyDifferences: !onlyDifferences })
    },
    ...(['current', 'archived', 'trash'] as const).map((to) => ({
      ...{ group: t.actions, icon: 'runs' as const, label: t.shelves[to], off: to === shelf },
      run: () => {
        view.change({ shelf: to })
        location.hash = '#/runs'
      }
    })),
    {
      ...{ group: t.actions, icon: 'eye', label: texts.runs.unpickAll, off: picked.length === 0 },
      run: () => view.change({ picked: [] })
    },
    {
      ...{ group: t.actions, icon: 'folder', label: `${texts.packs.open}...`, words: 'grokpack' },
      ...{ off: packs.busy, run: () => void packs.choose() }
    },
    {
      ...{ group: t.actions, icon: 'reset', label: texts.views.reset },
      run: () => view.set(usualView)
    },
    {
      ...{ group: t.actions, icon: 'reset', label: texts.undo, keys: 'Ctrl Z', off: !undo.canUndo },
      run: () => undo.undo()
    },
    {
      ...{ group: t.actions, icon: 'right', label: t.redo, keys: 'Ctrl Shift Z' },
      ...{ off: !undo.canRedo, run: () => undo.redo() }
    },
    ...(['system', 'light', 'dark'] as const).map((theme) => ({
      ...{ group: t.actions, icon: theme, off: settings.themeChoice === theme },
      label: `${texts.frame.theme}: ${texts.frame.themes[theme]}`,
      run: () => void (settings.themeChoice = theme)
    })),
    { ...{ group: t.actions, icon: 'keyboard', label: texts.keys.title, keys: '?' }, run: showKeys }
  ]
  return all.filter(({ off }) => !off)
}

function viewCommands({ view, router }: AppState): Command[] {
  return view.saved.map((saved) => ({
    ...{ group: t.views, icon: 'bookmark', label: saved.name },
    run: () => {
      view.set(saved.view)
      if (router.route.view !== 'runs') location.hash = '#/runs'
    }
  }))
}

function runCommands({ runs, router }: AppState, meant: (command: Command) => boolean): Command[] {
  const found: Command[] = []
  for (const { id, name, tags } of runs.list) {
    const command: Command = {
      ...{ group: t.runs, icon: 'right', label: name, words: `${id} ${tags.join(' ')}` },
      run: () => router.go({ view: 'run', id })
    }
    if (meant(command)) found.push(command)
    if (found.length === most) break
  }
  return found
}
