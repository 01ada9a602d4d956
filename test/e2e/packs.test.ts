/** Replication packs as a person meets them: one is opened, and one is written, in the window and in a browser. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { afterEach, describe, expect, it } from 'vitest'
import { launchers, picture, type RunningApp } from '../support/apps'
import { packBytes, packedId, packMembers } from '../support/packs'

const other = '20260102-030405-dcba'

/** A folder with a pack of one run, and one that was tampered with. */
function newPlace(): { folder: string; library: string; sound: string; forged: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-packs-'))
  const [sound, forged] = ['sound', 'forged'].map((name) =>
    path.join(folder, `${name}.grokpack`)
  ) as [string, string]
  fs.writeFileSync(sound, packBytes({ ...packMembers(), ...packMembers(other) }))
  const events = `runs/${packedId}/events.jsonl`
  fs.writeFileSync(
    forged,
    packBytes(packMembers(), {}, [{ name: events, content: Buffer.from('x') }])
  )
  return { folder, library: path.join(folder, 'library'), sound, forged }
}

describe.each(launchers)('packs in $name', ({ name, skip, launch }) => {
  let app: RunningApp | undefined
  afterEach(() => app?.close())

  it.skipIf(skip)(
    `are opened once, refused in words, and written${skip ? ` (${skip})` : ''}`,
    async () => {
      const { folder, library, sound, forged } = newPlace()
      try {
        app = await launch(library)
        const { page } = app
        const problems: string[] = []
        page.on('pageerror', (error) => problems.push(error.message))
        const openPack = async (file: string): Promise<void> => {
          await page.evaluate("location.hash = '#/studies'")
          const chooser = page.waitForEvent('filechooser')
          await page.getByRole('button', { name: 'Open a pack' }).click()
          await (await chooser).setFiles(file)
        }
        await openPack(forged)
        await page.getByText(/damaged or was tampered with: it holds runs\/.* twice/).waitFor()
        expect(fs.readdirSync(path.join(library, 'runs'))).toEqual([])
        await picture(page, `pack-refused-${name}`)

        await openPack(sound)
        await page.getByText('a pack: 2 runs added').waitFor()
        expect(fs.readdirSync(path.join(library, 'runs'))).toEqual([packedId, other])
        await page.evaluate(`location.hash = '#/run/${other}'`)
        await page.getByText('replication pack from sound.grokpack').waitFor()
        await openPack(sound)
        await page.getByText('a pack: 0 runs added, 2 here already').waitFor()

        await page.evaluate("location.hash = '#/runs'")
        await page.getByRole('grid', { name: 'Runs' }).focus()
        await page.keyboard.press('Home')
        await page.keyboard.press('Shift+ArrowDown')
        await page.getByText('2 runs selected').waitFor()
        await page.getByRole('button', { name: /one file with settings/ }).click()
        await picture(page, `pack-menu-${name}`)
        // Axe opens pages of its own, and where a file goes is a dialog of the system: neither is to be had in Electron.
        if (name === 'Chromium') {
          const { violations } = await new AxeBuilder({ page }).analyze()
          expect(violations.map(({ id }) => id)).toEqual([])
          const download = page.waitForEvent('download')
          await page.getByRole('menuitem', { name: 'Without checkpoints' }).click()
          const written = await download
          expect(written.suggestedFilename()).toBe('2-runs.grokpack')
          const bytes = fs.readFileSync(await written.path())
          expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
          await page.getByText('2-runs.grokpack: 2 runs, 0 checkpoints').waitFor()
        }
        expect(problems).toEqual([])
      } finally {
        await app?.close()
        app = undefined
        fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      }
    }
  )
})
