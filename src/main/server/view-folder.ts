/**
 * Saved views as plain files, which are all that is known of them: they outlive any history.
 *
 *     views/NAME-HASH.json    {version, name, savedAt, view}: a view as what differs from the usual one
 *
 * The file's name is made of the view's, so that people find it and two views never meet in one file; the name inside
 * is the view's own.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeWhole } from './folders'

const ViewFile = z.object({
  version: z.literal(1),
  name: z.string(),
  /** Unix time, milliseconds. */
  savedAt: z.number(),
  /** Parsed where it is shown: another version's file stays as it is. */
  view: z.unknown()
})
export type StoredView = Omit<z.infer<typeof ViewFile>, 'version'>

export type ViewFolder = ReturnType<typeof openViewFolder>

/** The saved views of a library; the folder is made where missing. */
export function openViewFolder(library: string, log: (line: string) => void) {
  const place = join(library, 'views')
  mkdirSync(place, { recursive: true })

  function files(): { path: string; stored: StoredView }[] {
    return readdirSync(place)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => {
        const path = join(place, file)
        const stored = readJson(path, ViewFile)
        if (!stored) log(`views/${file} is passed over: it is no view of this version`)
        return stored ? [{ path, stored }] : []
      })
  }

  /** Every view once, by name; of a name that was copied by hand, the newest. */
  function list(): StoredView[] {
    const byName = new Map<string, StoredView>()
    for (const { stored } of files()) {
      const other = byName.get(stored.name)
      if (!other || other.savedAt < stored.savedAt) byName.set(stored.name, stored)
    }
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  function write({ name, savedAt, view }: StoredView): void {
    writeWhole(join(place, fileOf(name)), { version: 1, name, savedAt, view })
  }

  /** @returns whether there was such a view */
  function remove(name: string): boolean {
    const named = files().filter(({ stored }) => stored.name === name)
    for (const { path } of named) rmSync(path)
    return named.length > 0
  }

  return { list, write, remove }
}

function fileOf(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${words.slice(0, 60) || 'view'}-${hash}.json`
}
