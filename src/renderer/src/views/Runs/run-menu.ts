/** What can be done to runs from the table, one or many. */
import type { RunRow } from '@shared/contract'
import type { MenuItem } from '../../components/menu-item'
import { runActions } from '../../run-actions'
import type { AppState } from '../../state/app.svelte'
import { texts } from '../../texts'

const t = texts.runs

/** Archives those that may be, or brings them back where all of them are archived. */
export async function archiveRuns({ runs }: AppState, of: readonly RunRow[]): Promise<void> {
  const may = of.filter((run) => runActions(run).archive)
  const archived = may.every((run) => run.archived)
  if (may.length > 0) await runs.archive(may, !archived)
}

export async function trashRuns({ runs }: AppState, of: readonly RunRow[]): Promise<void> {
  const may = of.filter((run) => runActions(run).trash)
  if (may.length > 0) await runs.trash(may)
}

export function runMenu(
  app: AppState,
  run: RunRow,
  on: Record<'open' | 'rename' | 'label', () => void>
): MenuItem[] {
  const { runs, router } = app
  const may = runActions(run)
  const copy: MenuItem = {
    label: t.copySettings,
    icon: 'copy',
    run: () => router.go({ view: 'new', preset: null, from: run.id })
  }
  if (run.trashed) {
    return [{ label: t.restore, icon: 'reset', run: () => void runs.restore([run]) }, copy]
  }
  return [
    { label: t.open, icon: 'right', run: on.open },
    { label: t.rename, icon: 'edit', run: on.rename },
    { label: t.label, icon: 'tag', run: on.label },
    copy,
    ...queueItems(app, run),
    {
      label: run.archived ? t.unarchive : t.archive,
      icon: 'save',
      disabled: !may.archive,
      run: () => void archiveRuns(app, [run])
    },
    {
      label: t.delete,
      icon: 'close',
      danger: true,
      disabled: !may.trash,
      run: () => void trashRuns(app, [run])
    }
  ]
}

/** A run that waits may be put before or behind the others. */
export const queueItems = ({ runs }: AppState, run: RunRow): MenuItem[] =>
  run.state !== 'queued'
    ? []
    : [
        { label: t.queueFirst, icon: 'up', run: () => void runs.moveInQueue([run], 'first') },
        { label: t.queueLast, icon: 'down', run: () => void runs.moveInQueue([run], 'last') }
      ]
