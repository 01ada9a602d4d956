/**
 * Studies as a person meets them: planned from a preset or from a text of one's own, trained, held, put in order, read
 * as curves and as a phase diagram, refined where the answer is open, saved as files. Most runs are made up
 * (fixtures/study.ts); those that the tests start are trained by the real trainer.
 */
import fs from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeLibrary } from '../../src/main/fixtures/make'
import { madeUpStudy } from '../../src/main/fixtures/study'
import { launchers, picture, type RunningApp } from '../support/apps'
import { newLibrary } from '../support/grokscope'
import { tinyConfig } from '../support/library'

const made = newLibrary()
let app: RunningApp | undefined

beforeAll(async () => {
  const options = { runs: 0, seed: 1, long: 0, points: 0, longest: 0, study: true }
  await makeLibrary(made, options, () => undefined)
}, 120_000)
afterEach(async () => {
  await app?.close()
  app = undefined
})

/** Each test changes the library: it gets one of its own. */
function copyOfMade(): string {
  const library = newLibrary()
  fs.cpSync(made, library, { recursive: true })
  return library
}

/** The smallest run that has all splits: one of these trains in a second or two. */
const base = {
  ...tinyConfig(30),
  evaluation: { every: 10 },
  checkpoints: { every: 30 }
}
const own = {
  name: 'small',
  title: 'A small study',
  question: 'Does weight decay matter at all?',
  base,
  axes: [
    { kind: 'values', path: 'optimizer.weightDecay', values: [0, 1] },
    { kind: 'seeds', seeds: [0, 1] }
  ]
}

describe.each(launchers)('studies in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    let problems: string[]

    async function open(library: string, options = {}): Promise<Page> {
      app = await launch(library, options)
      problems = []
      const { page } = app
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (line) => {
        if (line.type() === 'error') problems.push(line.text())
      })
      await page.getByRole('link', { name: 'Studies' }).click()
      await page.getByRole('heading', { name: 'Studies', level: 1 }).waitFor()
      return page
    }

    /** Accessible to everybody, and a picture of it. */
    async function check(page: Page, what: string): Promise<void> {
      // Electron's debugging protocol opens no second page, which axe would work in otherwise.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
      expect(violations.map((v) => [what, v.id, v.nodes.map((n) => n.html)])).toEqual([])
      await picture(page, `${name}-studies-${what}`)
    }

    const cells = (page: Page): Locator => page.getByRole('region', { name: 'Cells' })
    const inState = (page: Page, state: string): Locator =>
      cells(page).getByRole('cell', { name: new RegExp(`^${state}`) })
    const runsIn = (library: string): string[] => fs.readdirSync(path.join(library, 'runs'))

    it('plans one from a preset, refuses what cannot be, and stores it', async () => {
      const library = newLibrary()
      const page = await open(library)
      await page.getByRole('heading', { name: 'No studies yet' }).waitFor()
      await check(page, 'empty')

      await page
        .getByRole('button', { name: 'Plan a study: Inferred : atomic ratio', exact: true })
        .click()
      const text = page.getByRole('textbox', { name: 'Study as JSON' })
      // 4 ratios, as many seeds as the preset has; nothing is trained here yet, so the time is unknown.
      await page.getByRole('heading', { name: /^\d+ cells$/ }).waitFor()
      await page.getByText(/^To train: \d+ runs/).waitFor()
      await check(page, 'preset')

      await text.fill('{"name": "half')
      await page.getByText(/^This is not JSON/).waitFor()
      const store = page.getByRole('button', { name: 'Store study' })
      expect(await store.isDisabled()).toBe(true)
      await text.fill(JSON.stringify({ ...own, axes: [{ kind: 'seeds', seeds: [-1] }] }))
      await page.getByText(/axes\.0\.seeds\.0/).waitFor()
      expect(await store.isDisabled()).toBe(true)
      const withRefused = [{ kind: 'values', path: 'model.nHead', values: [2, 3] }]
      await text.fill(JSON.stringify({ ...own, axes: withRefused }))
      await page.getByRole('heading', { name: '2 cells, 1 refused' }).waitFor()
      await check(page, 'refused')

      await text.fill(JSON.stringify(own, null, 2))
      await page.getByRole('heading', { name: '4 cells', exact: true }).waitFor()
      await store.click()
      await page.getByRole('heading', { name: own.title }).waitFor()
      await page.getByText(own.question).waitFor()
      await expect.poll(() => inState(page, 'missing').count()).toBe(4)
      await page.getByText(/^To train: 4 runs/).waitFor()
      await check(page, 'planned')
      expect(runsIn(library)).toEqual([])
      const [folder] = fs.readdirSync(path.join(library, 'studies'))
      const stored = fs.readFileSync(path.join(library, 'studies', folder!, 'study.json'), 'utf8')
      expect(JSON.parse(stored)).toMatchObject({ id: folder, study: own })
      expect(problems).toEqual([])
    })

    it('trains the missing cells; the queue is held, put in order, emptied, and goes on', async () => {
      const library = newLibrary()
      const page = await open(library)
      await page.getByRole('button', { name: 'Plan a study', exact: true }).click()
      await page.getByRole('textbox', { name: 'Study as JSON' }).fill(JSON.stringify(own))
      await page.getByRole('heading', { name: '4 cells', exact: true }).waitFor()
      await page.getByRole('button', { name: 'Store study' }).click()
      await page.getByRole('heading', { name: own.title }).waitFor()

      const queue = page.getByRole('group', { name: 'Queue' })
      await queue.getByRole('button', { name: 'Pause queue' }).click()
      await queue.getByText('paused: what runs goes on').waitFor()
      await queue.getByLabel('At once').selectOption('1')
      await page.getByRole('button', { name: 'Train 4 missing cells' }).click()
      await queue.getByText('0 at work, 4 waiting').waitFor()
      await expect.poll(() => inState(page, 'waiting').count()).toBe(4)
      expect(await page.getByRole('button', { name: /^Train \d/ }).count()).toBe(0)
      await check(page, 'waiting')

      // The last of the plan is put before the others, and is the first to be trained.
      const last = 'weightDecay 1, seed 1'
      await page.getByRole('button', { name: `Train ${last} before the others` }).click()
      await page.getByRole('button', { name: 'Withdraw 4 waiting' }).waitFor()
      await queue.getByRole('button', { name: 'Resume queue' }).click()
      const row = (key: string): Locator => cells(page).getByRole('row', { name: key })
      await expect
        .poll(() => row(last).getByRole('cell', { name: 'finished' }).count(), { timeout: 120_000 })
        .toBe(1)
      expect(startedIn(library)[0]).toContain(last)
      await expect.poll(() => inState(page, 'finished').count(), { timeout: 120_000 }).toBe(4)
      await page.getByText('No cell is missing: there is nothing to train.').waitFor()
      expect(runsIn(library)).toHaveLength(4)
      // What they were trained on stands in the cells, and each leads to its run.
      await row(last).getByRole('link').click()
      await page.getByRole('heading', { name: `small: ${last}` }).waitFor()
      expect(problems).toEqual([])
    })

    it.each([
      ['light', 1280, 800],
      ['dark', 1920, 1080]
    ] as const)('shows what came of it, %s', async (theme, width, height) => {
      const page = await open(copyOfMade(), { dark: theme === 'dark', width, height })
      const { title } = madeUpStudy.study
      const entry = page.getByRole('row', { name: title })
      await entry
        .getByText(/35 finished|11 missing/)
        .first()
        .waitFor()
      await check(page, `list-${theme}`)
      await entry.getByRole('link', { name: title }).click()
      const phase = page.getByRole('region', { name: 'Phase diagram' })
      await phase.getByRole('button').first().waitFor()
      // 4 weight decays across 3 ratios.
      expect(await phase.getByRole('button', { name: /n \d/ }).count()).toBe(12)
      await page.getByRole('table', { name: 'Runs at risk' }).waitFor()
      await page.getByText('More weight decay generalises sooner').waitFor()
      await check(page, `study-${theme}`)

      // One choice, followed by everything: the curves, the statistics and the cells.
      await phase.getByRole('button', { name: /^0\.3, 2/ }).click()
      await cells(page).getByText('4 of 48 cells').waitFor()
      await page.getByLabel('Group by').selectOption('weightDecay')
      await expect
        .poll(() => page.getByRole('table', { name: 'Runs at risk' }).getByRole('row').count())
        .toBe(5)
      await page.getByLabel('Down').selectOption({ label: 'nothing' })
      await expect.poll(() => phase.getByRole('button', { name: /n \d/ }).count()).toBe(4)
      await page.getByLabel('Shows').selectOption({ label: 'median step of generalisation' })
      await check(page, `chosen-${theme}`)
      expect(problems).toEqual([])
    })

    it('adds runs where neighbours disagree, and trains those', async () => {
      const library = copyOfMade()
      const before = runsIn(library).length
      const page = await open(library)
      const queue = page.getByRole('group', { name: 'Queue' })
      await queue.getByRole('button', { name: 'Pause queue' }).click()
      await page.getByRole('link', { name: madeUpStudy.study.title }).click()
      await page.getByRole('spinbutton', { name: 'At most, runs' }).fill('2')
      await page.getByRole('button', { name: 'Add 2 runs' }).click()
      await queue.getByText('0 at work, 2 waiting').waitFor()
      await cells(page).getByText('50 cells', { exact: true }).waitFor()
      expect(runsIn(library)).toHaveLength(before + 2)
      await page.getByRole('button', { name: 'Withdraw 2 waiting' }).click()
      await queue.getByText('0 at work, 0 waiting').waitFor()
      expect(problems).toEqual([])
    })

    it('offers every figure and table as a file', async () => {
      const page = await open(copyOfMade())
      await page.getByRole('link', { name: madeUpStudy.study.title }).click()
      const files = {
        'the survival curves': /generalised on/i,
        'the phase diagram': /weight ?decay/i,
        'the statistics': /Median step/,
        'the pairs': /Hazard ratio/,
        'the cells': /weightDecay 0, phi 1, seed 0/
      }
      for (const [what, inside] of Object.entries(files)) {
        await page.getByRole('button', { name: `Export ${what}`, exact: true }).click()
        const panel = page.getByRole('dialog', { name: /^Export/ })
        await panel.locator('text, td, th, caption').filter({ hasText: inside }).first().waitFor()
        await check(page, `export-${what.replaceAll(' ', '-')}`)
        if (name === 'Chromium') {
          // Electron would ask where to: a dialog of the system's own.
          await panel.getByText('CSV', { exact: true }).click()
          const [file] = await Promise.all([
            page.waitForEvent('download'),
            panel.getByRole('button', { name: 'Save' }).click()
          ])
          const text = fs.readFileSync(await file.path(), 'utf8')
          expect(text.trim().split('\n').length).toBeGreaterThan(2)
        }
        await page.keyboard.press('Escape')
        await panel.waitFor({ state: 'detached' })
      }
      expect(problems).toEqual([])
    })
  })
})

/** Names of the runs that were started, in that order. */
function startedIn(library: string): string[] {
  const runs = fs.readdirSync(path.join(library, 'runs')).flatMap((id) => {
    const folder = path.join(library, 'runs', id)
    const lines = path.join(folder, 'events.jsonl')
    if (!fs.existsSync(lines)) return []
    const [first] = fs.readFileSync(lines, 'utf8').split('\n')
    const { at } = JSON.parse(first!) as { at: number }
    const config = fs.readFileSync(path.join(folder, 'config.json'), 'utf8')
    const { name } = JSON.parse(config) as { name: string }
    return [{ at, name }]
  })
  return runs.sort((a, b) => a.at - b.at).map(({ name }) => name)
}
