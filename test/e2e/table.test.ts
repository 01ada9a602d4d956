/** The runs table over 2,000 made-up runs, behind the real server: the page in Chromium, and once in Electron. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { usualColumns } from '@shared/columns'
import type { PlannedRun } from '../../src/main/fixtures/plan'
import { makeLibrary } from '../../src/main/fixtures/make'
import { launchers, picture, type LaunchOptions, type RunningApp } from '../support/apps'

const options = { runs: 2000, seed: 1, long: 0, points: 0, longest: 0 }
let library: string
let plan: readonly PlannedRun[]
let app: RunningApp
let page: Page

beforeAll(async () => {
  library = mkdtempSync(path.join(tmpdir(), 'grokscope-table-'))
  plan = await makeLibrary(library, options, () => {})
}, 300_000)
afterAll(() => rmSync(library, { recursive: true, force: true, maxRetries: 5 }))
afterEach(() => app.close())

const table = () =>
  page.getByRole('grid', { name: 'Runs' }).or(page.getByRole('treegrid', { name: 'Runs' }))
const box = () => page.getByRole('combobox', { name: 'Filter runs' })
const counted = async (): Promise<string> => page.locator('header .count').innerText()
/** The texts of a column, by its place, of the rows in the document. */
const column = async (name: string): Promise<string[]> => {
  const heads = await table().getByRole('columnheader').allInnerTexts()
  const at = heads.findIndex((head) => head.trim() === name) + 1
  return table().locator(`tbody tr[id] td:nth-child(${at})`).allInnerTexts()
}

describe.each(launchers.filter(({ name }) => name === 'Chromium'))(
  'the table of 2,000 runs in $name',
  (launcher) => {
    const check = launcher.skip ? it.skip : it
    const open = async (over: LaunchOptions = {}): Promise<void> => {
      app = await launcher.launch(library, over)
      page = app.page
      await table().waitFor()
    }
    const current = (): PlannedRun[] =>
      plan.filter(({ archived, trashed }) => !archived && !trashed)

    check('finds what the plan holds, and says where a query goes wrong', async () => {
      await open()
      const shown = current()
      expect(await counted()).toBe(`${shown.length.toLocaleString('en')} runs`)
      const llamas = shown.filter(
        ({ config }) => config.model.family === 'llama' && config.model.nLayer === 4
      )
      await page.keyboard.press('/')
      await page.keyboard.type('model.fam')
      await page.getByRole('option', { name: 'model.family' }).waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.type(' = llama and nLayer = 4 ')
      await expect
        .poll(counted)
        .toBe(`${llamas.length} of ${shown.length.toLocaleString('en')} runs`)
      await page.keyboard.type('and ood > high')
      await page.getByText('ood is compared with a number').waitFor()
      // What was right before the fault is still shown.
      expect(await counted()).toContain(`${llamas.length} of`)
      await picture(page, 'table-fault')
    })

    check('keeps the view in the address: back, undo, reload, another window', async () => {
      await open()
      await box().fill('mamba')
      await page.getByRole('button', { name: 'Group rows: none' }).click()
      await page.getByRole('radio', { name: 'seeds of one config' }).check()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'OOD / test' }).click()
      const address = page.url()
      expect(address).toContain('query=mamba')
      expect(address).toContain('folded=true')
      await page.goBack()
      await page.goBack()
      await expect.poll(() => page.url()).not.toContain('folded')
      await page.goForward()
      await page.goForward()
      await expect.poll(() => page.url()).toBe(address)
      await table().focus()
      await page.keyboard.press('Control+z')
      await expect.poll(() => page.url()).not.toBe(address)

      const other = await page.context().newPage()
      await other.goto(address)
      await other.getByRole('button', { name: 'Group rows: seeds of one config' }).waitFor()
      expect(await other.getByRole('combobox', { name: 'Filter runs' }).inputValue()).toBe('mamba')
      await other.close()
    })

    check('folds seeds into one row with their mean, and opens them by the keyboard', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&folded=true&query=llama%204L'")
      await table().focus()
      await page.keyboard.press('Home')
      const before = Number(await table().getAttribute('aria-rowcount'))
      await page.keyboard.press('ArrowRight')
      const group = page.locator('#runs-table tr.active')
      const seeds = Number(/(\d+) seeds/.exec(await group.innerText())![1])
      await expect
        .poll(async () => Number(await table().getAttribute('aria-rowcount')))
        .toBe(before + seeds)
      const [mean, ...members] = (await column('OOD / test')).slice(0, seeds + 1)
      const values = members.map(Number)
      const average = values.reduce((a, b) => a + b, 0) / seeds
      expect(Number(mean!.split(' ± ')[0])).toBeCloseTo(average, 3)
      await picture(page, 'table-folded')
    })

    check('groups rows by several settings, says how many, and opens them', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&query=llama'")
      const all = Number(await table().getAttribute('aria-rowcount')) - 1
      await page.getByRole('button', { name: 'Group rows: none' }).click()
      const menu = page.getByRole('dialog', { name: /^Group rows/ })
      await menu.getByRole('checkbox', { name: /^Layers/ }).check()
      await menu.getByRole('checkbox', { name: /^Weight decay/ }).check()
      await picture(page, 'table-group-menu')
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)])).toEqual([])
      const said = await menu.getByRole('status').innerText()
      const [groups, runs] = said.match(/[\d,]+/g)!.map((n) => Number(n.replaceAll(',', '')))
      expect(runs).toBe(all)
      await page.keyboard.press('Escape')
      expect(page.url()).toContain('foldBy=model.nLayer~optimizer.weightDecay')
      expect(Number(await table().getAttribute('aria-rowcount'))).toBe(groups! + 1)
      const names = await page.locator('#runs-table .fold').allInnerTexts()
      const sizes = names.map((name) => Number(/([\d,]+) runs?$/.exec(name)![1]))
      expect(names[0]).toMatch(/^Layers \d+, Weight decay [\d.]+/)
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(all)
      await table().focus()
      await page.keyboard.press('Home')
      await page.keyboard.press('ArrowRight')
      await expect
        .poll(async () => Number(await table().getAttribute('aria-rowcount')))
        .toBe(groups! + 1 + sizes[0]!)
      await picture(page, 'table-grouped-by-two')
      // Undone like any change of the view.
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+z')
      await expect.poll(() => page.url()).not.toContain('fold')
    })

    check('sets the settings that differ apart under a head of their own', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&query=llama'")
      await page.getByRole('button', { name: /^Only differences/ }).click()
      const heads = page.locator('#runs-table thead tr')
      await expect.poll(() => heads.count()).toBe(2)
      const bands = await heads.first().locator('th').allInnerTexts()
      expect(bands[0]).toBe('The run')
      const [, n] = /^(\d+) settings that differ$/.exec(bands.find((b) => b.includes('differ'))!)!
      expect(Number(await heads.locator('.setting').getAttribute('colspan'))).toBe(Number(n))
      expect(bands).toContain('What it came to')
      // Both rows of heads stay in sight over the rows.
      await table().focus()
      await page.keyboard.press('End')
      const tops = await heads
        .locator('th')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top))
      const pane = await page.locator('.pane').boundingBox()
      expect(Math.max(...tops.map((top) => top - pane!.y))).toBeLessThan(40)
      await picture(page, 'table-differences')
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n2) => n2.html)])).toEqual([])
    })

    check('saves what it shows: columns, filter, order and folded seeds', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&folded=true&query=llama%204L'")
      await table()
        .getByText(/\d+ seeds/)
        .first()
        .waitFor()
      const heads = (await table().getByRole('columnheader').allInnerTexts()).slice(1, -1)
      const ood = await column('OOD / test')
      await picture(page, 'table-to-export')
      await page.getByRole('button', { name: 'Export the table' }).click()
      const panel = page.getByRole('dialog', { name: 'Export table' })
      await panel.getByText('JSON', { exact: true }).click()
      await picture(page, 'table-export')
      const waiting = page.waitForEvent('download')
      await panel.getByRole('button', { name: 'Save' }).click()
      const file = await (await waiting).path()
      const saved = JSON.parse(readFileSync(file, 'utf8')) as {
        caption: string
        data: Record<string, string | number | null>[]
      }
      expect(Object.keys(saved.data[0]!)).toEqual(usualColumns.map(({ id }) => id))
      expect(heads).toHaveLength(usualColumns.length)
      expect(saved.caption).toContain('found by llama 4L')
      // The document holds the rows in sight, the file all of them.
      expect(saved.data).toHaveLength(Number(await table().getAttribute('aria-rowcount')) - 1)
      const values = saved.data.map((row) => String(row['metric:accuracy/@ood'] ?? ''))
      expect(values.slice(0, ood.length)).toEqual(ood)
    })

    check('shows values at a place of the curve, and sorts by them', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&query=gpt-2'")
      await page.getByRole('button', { name: 'Columns' }).click()
      await page.getByRole('combobox', { name: 'Which value of OOD / test' }).selectOption('best')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'OOD / test, best' }).click()
      const read = async (): Promise<number[]> => (await column('OOD / test, best')).map(Number)
      await expect.poll(async () => (await read())[0]).toBeGreaterThan(0.9)
      const values = await read()
      expect(values).toEqual([...values].sort((a, b) => b - a))
      expect(page.url()).toContain('%40best')
    })

    check('hides, pins, moves and resizes columns, and undoes it', async () => {
      await open()
      // The view that an earlier test left is restored at the start.
      await page.evaluate("location.hash = '#/runs?v=1'")
      await table().getByRole('columnheader', { name: 'Model' }).waitFor()
      const heads = async (): Promise<string[]> =>
        (await table().getByRole('columnheader').allInnerTexts()).map((t) => t.trim())
      const before = await heads()
      await page.getByRole('button', { name: 'Columns' }).click()
      await page.getByRole('button', { name: 'Hide Model' }).click()
      await page.getByRole('button', { name: 'Keep OOD / test in sight' }).click()
      await page.getByRole('searchbox').fill('weight decay')
      await page.getByRole('button', { name: /^Weight decay/ }).click()
      await page.keyboard.press('Escape')
      const after = await heads()
      expect(after.indexOf('OOD / test')).toBe(before.indexOf('Name') + 1)
      expect(after).toContain('Weight decay')
      expect(after).not.toContain('Model')
      const state = page.getByRole('button', { name: 'State', exact: true })
      const width = async (): Promise<number> => (await state.boundingBox())!.width
      const wide = await width()
      await state.focus()
      await page.keyboard.press('Shift+ArrowRight')
      await expect.poll(width).toBe(wide + 16)
      await page.keyboard.press('Alt+ArrowRight')
      await expect
        .poll(async () => (await heads()).indexOf('State'))
        .toBe(after.indexOf('State') + 1)
      for (let i = 0; i < 5; i++) await page.keyboard.press('Control+z')
      await expect.poll(heads).toEqual(before)
    })

    check(
      'acts on many runs at once, writes it into their folders, and takes it back',
      async () => {
        await open()
        await page.evaluate("location.hash = '#/runs?v=1&query=transformer'")
        await table().focus()
        await page.keyboard.press('Home')
        await page.keyboard.press('Shift+ArrowDown')
        await page.keyboard.press('Shift+ArrowDown')
        await page.getByText('3 runs selected').waitFor()
        const ids = await table()
          .locator('tr[aria-selected=true]')
          .evaluateAll((rows) => rows.map((row) => row.id.slice('row-'.length)))
        expect(ids).toHaveLength(3)
        const label = (id: string): { tags: string[]; archived: boolean } =>
          JSON.parse(readFileSync(path.join(library, 'runs', id, 'label.json'), 'utf8'))

        await page.keyboard.press('t')
        await page.keyboard.type('seen by the test')
        await page.keyboard.press('Enter')
        await expect
          .poll(() => ids.every((id) => label(id).tags.includes('seen by the test')))
          .toBe(true)
        await page.getByRole('button', { name: 'Close' }).click()

        await page.keyboard.press('e')
        await page.getByText('3 runs are archived').waitFor()
        expect(ids.every((id) => label(id).archived)).toBe(true)
        await page.keyboard.press('Control+z')
        await expect.poll(() => ids.some((id) => label(id).archived)).toBe(false)

        await page.keyboard.press('Home')
        await page.keyboard.press('Shift+ArrowDown')
        await page.keyboard.press('Shift+ArrowDown')
        await page.keyboard.press('Delete')
        await page.getByText('3 runs are in the trash').waitFor()
        expect(readdirSync(path.join(library, 'trash'))).toEqual(expect.arrayContaining(ids))
        await page.keyboard.press('Control+z')
        await expect
          .poll(() => readdirSync(path.join(library, 'runs')))
          .toEqual(expect.arrayContaining(ids))
      }
    )

    check('picks runs to compare by the space bar, and keeps their colours', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1'")
      await table().focus()
      await page.keyboard.press('Home')
      await page.keyboard.press(' ')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press(' ')
      await page.getByText('2 picked').waitFor()
      expect(page.url()).toMatch(/picked=[\w-]+~[\w-]+/)
      const strokes = (): Promise<(string | null)[]> =>
        table()
          .locator('tbody tr[id] path[style]')
          .evaluateAll((paths) => paths.slice(0, 8).map((p) => p.getAttribute('style')))
      const before = await strokes()
      await page.getByRole('button', { name: 'Created' }).click()
      await page.getByRole('button', { name: 'Created' }).click()
      await expect.poll(strokes).toEqual(before)
    })

    check('keeps views by name, and refuses a file that holds none', async () => {
      await open()
      await page.evaluate("location.hash = '#/runs?v=1&query=rwkv'")
      await page.getByRole('button', { name: 'Saved views' }).click()
      await page.keyboard.type('the rwkvs')
      await page.keyboard.press('Enter')
      await page.getByText('View “the rwkvs” is saved').waitFor()
      const address = page.url()
      const input = page.locator('input[type=file]')
      const file = (text: string) => ({
        ...{ name: 'v.json', mimeType: 'application/json', buffer: Buffer.from(text) }
      })
      await input.setInputFiles(file('{"curves":{"x":"miles"},"query":"mamba"}'))
      await page.getByText('curves.x').waitFor()
      expect(page.url()).toBe(address)
      await input.setInputFiles(file('{"query":"mamba"}'))
      await expect.poll(() => page.url()).toContain('query=mamba')
      await page.keyboard.press('Control+k')
      await page.keyboard.type('the rwkvs')
      await page.keyboard.press('Enter')
      await expect.poll(() => page.url()).toBe(address)
    })

    check.each([
      ['light', { dark: false, width: 1280, height: 720 }],
      ['dark', { dark: true, width: 1920, height: 1080 }],
      // 1280 x 800 at 200 %.
      ['zoomed', { width: 640, height: 400 }]
    ] as const)('can be read by everybody: %s', async (name, over) => {
      await open(over)
      const clean = async (what: string): Promise<void> => {
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(violations.map((v) => [what, v.id, v.nodes.map((n) => n.html)])).toEqual([])
        await picture(page, `table-${what}-${name}`)
      }
      await page.evaluate("location.hash = '#/runs?v=1'")
      await table().focus()
      await page.keyboard.press('Home')
      await page.keyboard.press('Shift+ArrowDown')
      await clean('rows')
      await page.keyboard.press('t')
      await clean('labels')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Columns' }).click()
      await clean('columns')
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+k')
      await clean('palette')
      await page.keyboard.press('Escape')
      await box().fill('model.family = ')
      await page.getByRole('option', { name: 'mamba' }).waitFor()
      await clean('query')
    })
  }
)

describe.each(launchers.filter(({ name }) => name === 'Electron'))(
  'the table of 2,000 runs in $name',
  (launcher) => {
    const check = launcher.skip ? it.skip : it
    check(
      `filters, sorts, and comes back as it was left${launcher.skip ? ` (${launcher.skip})` : ''}`,
      async () => {
        app = await launcher.launch(library)
        page = app.page
        await table().waitFor()
        await page.evaluate("location.hash = '#/runs?v=1'")
        await box().fill('model.family = mamba and nLayer = 8')
        await page.getByRole('button', { name: 'OOD / test' }).click()
        const found = await counted()
        expect(found).toMatch(/^\d+ of /)
        const first = await table().locator('tbody tr[id]').first().innerText()
        // The server is told once the view rests.
        await page.waitForTimeout(1500)
        await app.close()
        app = await launcher.launch(library)
        page = app.page
        await table().waitFor()
        await expect.poll(() => box().inputValue()).toBe('model.family = mamba and nLayer = 8')
        await expect.poll(counted).toBe(found)
        expect(await table().locator('tbody tr[id]').first().innerText()).toBe(first)
        await picture(page, 'table-electron')
      }
    )
  }
)
