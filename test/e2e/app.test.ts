import fs from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import type { TrainerEvent } from '@shared/events'
import { launchers, picture, type RunningApp } from '../support/apps'
import { jsonLines, newLibrary } from '../support/grokscope'

let app: RunningApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true })

/** Opens the wizard on comparison-mini and sets some fields by their labels. */
async function fillWizard(page: Page, values: Record<string, string>): Promise<void> {
  await page.getByRole('link', { name: 'New run' }).first().click()
  await page.getByRole('button', { name: /Comparison, mini/ }).click()
  for (const [label, value] of Object.entries(values)) await field(page, label).fill(value)
}

const stateIs = (page: Page, state: string, timeout = 60_000): Promise<void> =>
  page.getByRole('status').getByText(state, { exact: true }).waitFor({ timeout })

/** The event lines of the only run in a library. */
function onlyRun(library: string): { id: string; folder: string; events: TrainerEvent[] } {
  const [id, ...more] = fs.readdirSync(path.join(library, 'runs'))
  expect(more).toEqual([])
  const folder = path.join(library, 'runs', id!)
  const events = jsonLines<TrainerEvent>(fs.readFileSync(path.join(folder, 'events.jsonl'), 'utf8'))
  return { id: id!, folder, events }
}

describe.each(launchers)('the app in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    it('sets a run up, trains it, is closed, opened again, and still has it', async () => {
      const library = newLibrary()
      app = await launch(library)
      const { page } = app
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (line) => {
        if (line.type() === 'error') problems.push(line.text())
      })
      await page.getByText('No runs yet').waitFor()
      await picture(page, `${name}-runs-empty`)

      // A value that cannot be is refused beside its field and blocks the start.
      await fillWizard(page, { Layers: '0' })
      await page.getByText(/0 is refused: allowed is a whole number from 1 to 48/).waitFor()
      expect(await page.getByRole('button', { name: /^Start run/ }).isDisabled()).toBe(true)
      await picture(page, `${name}-new-run-refused`)

      await fillWizard(page, { Layers: '2', Steps: '260', 'Evaluate every': '20' })
      // What will be trained is counted before anything starts.
      await page
        .getByText(/13,440/)
        .first()
        .waitFor()
      await picture(page, `${name}-new-run`)
      await page.getByRole('button', { name: 'Start run, 260 steps' }).click()

      await stateIs(page, 'running')
      await page
        .getByText(/of 260 steps/)
        .first()
        .waitFor()
      await picture(page, `${name}-run-live`)
      await stateIs(page, 'finished', 180_000)
      // The last values stand beside the curves.
      await page
        .getByText(/showing|all \d+ points/)
        .first()
        .waitFor()
      await picture(page, `${name}-run-finished`)

      const { id, events } = onlyRun(library)
      expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: 260 })
      const at = (step: number, metric: string): number =>
        events.flatMap((e) =>
          e.type === 'metrics' && e.step === step && metric in e.values ? [e.values[metric]!] : []
        )[0]!
      expect(at(260, 'batchLoss')).toBeLessThan(0.5 * at(1, 'batchLoss'))
      expect(at(260, 'accuracy/train_inferred')).toBeGreaterThan(0.6)

      await app.close()
      app = await launch(library)
      const again = app.page
      const row = again.getByRole('row').filter({ hasText: 'finished' })
      await row.waitFor()
      expect(await row.innerText()).toContain('260')
      await picture(again, `${name}-runs-again`)
      await again.evaluate(`location.hash = "#/run/${id}"`)
      await stateIs(again, 'finished')
      await again.getByText(/260 of 260 steps/).waitFor()
      expect(problems).toEqual([])
    })

    it('pauses, resumes, checkpoints and stops from the window', async () => {
      const library = newLibrary()
      app = await launch(library)
      const { page } = app
      await fillWizard(page, { Steps: '100000', Layers: '1' })
      await page.getByRole('button', { name: /^Start run/ }).click()
      await stateIs(page, 'running')

      await page.getByRole('button', { name: 'Pause' }).click()
      await stateIs(page, 'paused')
      const paused = onlyRun(library).events.at(-1)!
      expect(paused.type).toBe('paused')
      await page.getByRole('button', { name: 'Checkpoint now' }).click()
      await expect
        .poll(() => onlyRun(library).events.at(-1)!.type, { timeout: 10_000 })
        .toBe('checkpoint')
      await page.getByRole('button', { name: 'Resume' }).click()
      await stateIs(page, 'running')

      await page.getByRole('button', { name: 'Stop', exact: true }).click()
      await page.getByRole('button', { name: 'Stop run' }).click()
      await stateIs(page, 'stopped')
      expect(onlyRun(library).events.at(-1)).toMatchObject({ type: 'ended', outcome: 'stopped' })
    })

    it('goes on by itself with a run whose trainer was killed, and once more after a restart', async () => {
      const library = newLibrary()
      app = await launch(library)
      const { page } = app
      await fillWizard(page, { Steps: '100000', Layers: '1', 'Checkpoint every': '5' })
      await page.getByRole('button', { name: /^Start run/ }).click()
      await stateIs(page, 'running')
      await expect
        .poll(() => onlyRun(library).events.filter((e) => e.type === 'checkpoint').length, {
          timeout: 30_000
        })
        .toBeGreaterThan(1)
      const { folder } = onlyRun(library)
      const { pid } = JSON.parse(fs.readFileSync(path.join(folder, 'trainer.json'), 'utf8')) as {
        pid: number
      }
      const resumed = (): number =>
        onlyRun(library).events.filter((e) => e.type === 'started' && e.resumedFrom).length
      process.kill(pid, 'SIGKILL')
      await expect.poll(resumed, { timeout: 60_000 }).toBe(1)
      await stateIs(page, 'running')
      await app.close()
      app = undefined
      // Closing the app interrupts the run after one more checkpoint, and the next start goes on with it.
      expect(onlyRun(library).events.at(-1)).toMatchObject({ outcome: 'interrupted' })
      app = await launch(library)
      await expect.poll(resumed, { timeout: 60_000 }).toBe(2)
    })
  })
})
