import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { makeLibrary } from '../../src/main/fixtures/make'
import { launchers, picture, type RunningApp } from '../support/apps'
import { runWords } from '../support/cli'
import { newLibrary } from '../support/grokscope'

let app: RunningApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

/** Three configs of five seeds each, and one run with many points. */
async function madeUp(): Promise<string> {
  const library = newLibrary()
  await makeLibrary(library, { runs: 15, seed: 1, long: 1, points: 4000, longest: 0 }, () => {})
  return library
}

const plot = (page: Page, title: string) => page.getByRole('slider', { name: `${title}: cursor` })
const curveNames = (page: Page): Promise<string[]> =>
  page
    .getByRole('button', { name: /^Show / })
    .evaluateAll((all) =>
      all.map((button) => button.getAttribute('aria-label')!.replace('Show ', ''))
    )
const choose = (page: Page, label: string, option: string) =>
  page.getByLabel(label, { exact: true }).selectOption({ label: option })
const axis = (page: Page) =>
  page
    .locator('figure')
    .filter({ has: plot(page, 'OOD accuracy') })
    .locator('.axis')
    .textContent()
/** The note of the panel: how many points are drawn, and what they are. */
const note = (page: Page, title: string): Promise<string> =>
  page
    .locator('figure')
    .filter({ has: plot(page, title) })
    .locator('.notes')
    .innerText()
const recorded = async (page: Page): Promise<number> => {
  const [, n] = /([\d,]+) points/.exec(await note(page, 'OOD accuracy')) ?? []
  return Number(n?.replaceAll(',', ''))
}

/** In the page itself: Electron opens no second one for axe to work in. */
const accessibility = (page: Page) => new AxeBuilder({ page }).setLegacyMode().analyze()

describe.each(launchers)('Compare in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    it('draws many runs, groups their seeds, zooms, and keeps it all in the address', async () => {
      app = await launch(await madeUp())
      const { page } = app
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      await page.getByRole('link', { name: 'Compare' }).click()
      await page
        .getByText(/^(showing|all) [\d,]+/)
        .first()
        .waitFor()
      await picture(page, `${name}-compare`)
      const runs = await curveNames(page)
      expect(runs.length).toBeGreaterThan(14)
      const all = await recorded(page)

      // The cursor, from the keyboard: the list says what stands there, highest first.
      await plot(page, 'OOD accuracy').focus()
      await page.keyboard.press('End')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Unpin' }).waitFor()
      const list = page.getByRole('region', { name: 'OOD accuracy' })
      const values = (await list.locator('.value').allInnerTexts())
        .map(Number)
        .filter(Number.isFinite)
      expect(values.length).toBeGreaterThan(10)
      expect(values).toEqual([...values].sort((a, b) => b - a))
      await page.keyboard.press('Escape')
      await page.getByText('last in sight').waitFor()

      // Seeds of one config as one curve.
      await page.getByRole('button', { name: 'Group: none' }).click()
      await page.getByRole('radio', { name: 'seeds of one config' }).check()
      await page.keyboard.press('Escape')
      await page
        .getByText(/mean, 95 % t interval/)
        .first()
        .waitFor()
      expect(await note(page, 'OOD accuracy')).toMatch(/n = /)
      await expect.poll(async () => (await curveNames(page)).length).toBeLessThan(runs.length)
      const groups = await curveNames(page)
      await choose(page, 'Band', 'min to max')
      await page
        .getByText(/mean, minimum to maximum/)
        .first()
        .waitFor()
      await page.getByLabel('Members').uncheck()
      await picture(page, `${name}-compare-groups`)

      // Zoomed by dragging: read again from all that is recorded, and shared by all panels.
      const box = (await plot(page, 'OOD accuracy').boundingBox())!
      await page.mouse.move(box.x + 0.5 * box.width, box.y + 80)
      await page.mouse.down()
      await page.mouse.move(box.x + 0.7 * box.width, box.y + 90, { steps: 4 })
      await page.mouse.up()
      await page.getByRole('button', { name: 'Reset zoom' }).waitFor()
      await expect.poll(() => recorded(page)).toBeLessThan(all)
      await picture(page, `${name}-compare-zoomed`)
      const ends = (title: string): Promise<(string | null)[]> =>
        Promise.all(
          ['aria-valuemin', 'aria-valuemax'].map((end) => plot(page, title).getAttribute(end))
        )
      expect(await ends('IID accuracy')).toEqual(await ends('OOD accuracy'))

      // The address is the view: a reload shows the same, and back takes changes back.
      expect(decodeURIComponent(new URL(page.url()).hash)).toMatch(/zoom.*minmax|minmax.*zoom/s)
      await page.reload()
      await page
        .getByText(/mean, minimum to maximum/)
        .first()
        .waitFor()
      expect((await curveNames(page)).sort()).toEqual([...groups].sort())
      await plot(page, 'OOD accuracy').dblclick()
      await page.getByRole('button', { name: 'Reset zoom' }).waitFor({ state: 'detached' })
      await page.goBack()
      await page.getByRole('button', { name: 'Reset zoom' }).waitFor()

      // Other axes.
      await choose(page, 'x', 'time at work')
      await expect.poll(() => axis(page)).toContain('time at work (log')
      await expect.poll(() => recorded(page)).toBeGreaterThan(0)
      await choose(page, 'Align at', 'memorisation = 0')
      await expect.poll(() => axis(page)).toContain('time at work from memorisation')
      await choose(page, 'x', 'step')
      await expect.poll(() => axis(page)).toContain('step from memorisation')
      await picture(page, `${name}-compare-aligned`)
      expect(problems).toEqual([])
    })

    it('narrows the compared runs by a query of its own, and groups them by settings', async () => {
      app = await launch(await madeUp())
      const { page } = app
      await page.getByRole('link', { name: 'Compare' }).click()
      await page
        .getByText(/^(showing|all) [\d,]+/)
        .first()
        .waitFor()
      const plain = await curveNames(page)
      // A run looks the same in the list of curves as in the table.
      const strokes = (scope: string, path: string): Promise<Record<string, string>> =>
        page.locator(scope).evaluateAll(
          (rows, stroke) =>
            Object.fromEntries(
              rows.map((row) => {
                const line = row.querySelector(stroke)!
                return [row.querySelector('a')!.textContent!.trim(), line.getAttribute('style')!]
              })
            ) as Record<string, string>,
          path
        )
      const color = (style: string): string => /--run-[\w-]+/.exec(style)![0]
      const inCompare = await strokes('aside li', '.sample path')

      const box = page.getByRole('combobox', { name: 'Filter compared runs' })
      await page.keyboard.press('/')
      await page.keyboard.type('seed = 1')
      await expect.poll(async () => (await curveNames(page)).length).toBeLessThan(plain.length)
      const first = await curveNames(page)
      expect(decodeURIComponent(page.url())).toContain('within=seed = 1')
      await picture(page, `${name}-compare-within`)
      await box.fill('seed = one')
      await page.getByText(/seed is compared with a number/).waitFor()
      await box.fill('seed = 1')
      await page.reload()
      await expect.poll(() => curveNames(page)).toEqual(first)
      await page.getByRole('tab', { name: 'Plots' }).click()
      await page.getByText(new RegExp(`^${first.length} of \\d+ runs`)).waitFor()
      await page.getByRole('tab', { name: 'Curves' }).click()
      await box.fill('name = nothing')
      await page.getByText('No run matches “name = nothing”.').waitFor()
      await page.getByRole('button', { name: 'Clear the filter' }).last().click()
      await expect.poll(async () => (await curveNames(page)).length).toBe(plain.length)

      await page.getByRole('button', { name: 'Group: none' }).click()
      const menu = page.getByRole('dialog', { name: /^Group/ })
      const boxes = menu.getByRole('checkbox')
      await boxes.nth(0).check()
      await boxes.nth(1).check()
      await picture(page, `${name}-compare-group-menu`)
      const { violations } = await accessibility(page)
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByText(/^n = /).or(page.getByText(/ n = /)).first().waitFor()
      await page
        .getByText(/^\d+ members$/)
        .first()
        .click()
      await page.locator('aside .members a').first().waitFor()
      await picture(page, `${name}-compare-by-two-settings`)

      await page.getByRole('link', { name: 'Runs', exact: true }).click()
      await page.locator('#runs-table tbody .pick svg').first().waitFor()
      const inTable = await strokes('#runs-table tbody tr:not([aria-hidden])', '.pick path')
      const both = Object.keys(inTable).filter((run) => run in inCompare)
      expect(both.length).toBeGreaterThan(10)
      for (const run of both)
        expect([run, color(inTable[run]!)]).toEqual([run, color(inCompare[run]!)])
      expect(new Set(both.map((run) => color(inTable[run]!))).size).toBeGreaterThan(5)
    })

    it('exports what is drawn, or every recorded value, as the command line does', async () => {
      const library = await madeUp()
      app = await launch(library)
      const { page } = app
      await page.getByRole('link', { name: 'Compare' }).click()
      const box = page.getByRole('combobox', { name: 'Filter compared runs' })
      await box.fill('seed = 1')
      await choose(page, 'x', 'time at work')
      await expect.poll(() => axis(page)).toContain('time at work')
      await picture(page, `${name}-compare-events-over-time`)
      await page.getByRole('button', { name: 'Export the curves' }).click()
      const panel = page.getByRole('dialog', { name: 'Export figure' })
      await panel.getByText('CSV', { exact: true }).click()
      const saved = async (): Promise<string> => {
        const waiting = page.waitForEvent('download')
        await panel.getByRole('button', { name: 'Save' }).click()
        return readFileSync(await (await waiting).path(), 'utf8')
      }
      await panel.getByText('Every recorded', { exact: true }).click()
      await panel.getByText(/every metric of \d+ runs, unreduced/).waitFor()
      await picture(page, `${name}-export-recorded`)
      const { violations } = await accessibility(page)
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([])
      // Electron saves through a dialog of the system, which nobody is there to answer.
      if (name !== 'Chromium') return
      const raw = await saved()
      await panel.getByText('As drawn', { exact: true }).click()
      const drawn = await saved()
      expect(drawn).toMatch(/,events,/)
      const plot = async (...words: string[]): Promise<string> => {
        const out = join(library, 'out.csv')
        const set = ['--set', 'within=seed = 1', '--set', 'curves.x=time']
        const said = await runWords(
          ['plot', ...words, ...set, '--out', out, '--runs', library],
          '/'
        )
        expect([said.code, said.stderr]).toEqual([0, ''])
        return readFileSync(out, 'utf8')
      }
      expect(await plot('--raw')).toBe(raw)
      expect(await plot()).toBe(drawn)
    })

    it('hides curves by the list, adds and removes panels, and is reached by keyboard', async () => {
      app = await launch(await madeUp(), { dark: true, width: 1440, height: 900 })
      const { page } = app
      await page
        .getByText(/made|Runs/)
        .first()
        .waitFor()
      await page.keyboard.press('c')
      await page
        .getByText(/^(showing|all) [\d,]+/)
        .first()
        .waitFor()
      const before = await curveNames(page)
      const first = page.getByRole('button', { name: `Show ${before[0]!}`, exact: true })
      await first.focus()
      await page.keyboard.press('Enter')
      await expect.poll(async () => (await curveNames(page)).at(-1)).toBe(before[0])
      expect(await first.getAttribute('aria-pressed')).toBe('false')
      await page.keyboard.press('Control+z')
      await expect.poll(() => first.getAttribute('aria-pressed')).toBe('true')

      await choose(page, 'Panels', 'Gradient norm')
      await plot(page, 'Gradient norm').waitFor()
      await page.getByRole('button', { name: 'Panel IID accuracy' }).click()
      await page.getByRole('menuitem', { name: 'Remove panel' }).click()
      await plot(page, 'IID accuracy').waitFor({ state: 'detached' })

      // Smoothing leaves the raw values visible, and says so.
      await page.getByRole('slider', { name: /Smoothing/ }).focus()
      await page.keyboard.press('End')
      await page
        .getByText(/smoothed 0.99, raw faint/)
        .first()
        .waitFor()
      await picture(page, `${name}-compare-dark`)
      const { violations } = await accessibility(page)
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([])
    })

    it('says what would fill it: without runs, without matches, with everything hidden', async () => {
      app = await launch(newLibrary())
      const { page } = app
      await page.getByText('No runs yet').waitFor()
      await page.keyboard.press('c')
      await page.getByText('No runs to compare').waitFor()
      await picture(page, `${name}-compare-empty`)
      const { violations } = await accessibility(page)
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([])
    })

    it('follows a run while it trains', async () => {
      app = await launch(newLibrary())
      const { page } = app
      await page.getByRole('link', { name: 'New run' }).first().click()
      await page.getByRole('button', { name: /Comparison, mini/ }).click()
      await page.getByRole('textbox', { name: 'Layers', exact: true }).fill('1')
      await page.getByRole('textbox', { name: 'Evaluate every', exact: true }).fill('5')
      await page.getByRole('button', { name: /^Start run/ }).click()
      await page
        .getByRole('status')
        .getByText('running', { exact: true })
        .waitFor({ timeout: 60_000 })
      await page.keyboard.press('c')
      await page
        .getByText(/^(showing|all) [\d,]+ points/)
        .first()
        .waitFor({ timeout: 30_000 })
      const before = await recorded(page)
      await expect.poll(() => recorded(page), { timeout: 30_000 }).toBeGreaterThan(before)
    })
  })
})
