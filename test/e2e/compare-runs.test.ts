import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { familyOf } from '@shared/setting-tags'
import { View, type ViewInput } from '@shared/view'
import { viewToAddress } from '@shared/view-address'
import { makeLibrary } from '../../src/main/fixtures/make'
import type { PlannedRun } from '../../src/main/fixtures/plan'
import { launchers, picture, type RunningApp } from '../support/apps'
import { newLibrary } from '../support/grokscope'

const library = newLibrary()
let plan: readonly PlannedRun[]
let app: RunningApp | undefined

beforeAll(async () => {
  const none = { long: 0, points: 0, longest: 0 }
  plan = await makeLibrary(library, { runs: 60, seed: 1, ...none }, () => undefined)
}, 120_000)
afterEach(async () => {
  await app?.close()
  app = undefined
})

async function show(page: Page, view: ViewInput): Promise<void> {
  const address = `#/compare?${viewToAddress(View.parse(view))}`
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`)
}

const viewOf = (page: Page): string => decodeURIComponent(new URL(page.url()).hash)

/** Problems of accessibility in what is shown, as axe names them. */
async function axeProblems(page: Page): Promise<string[]> {
  // Electron's debugging protocol opens no second page, which axe would work in otherwise.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Two finished runs of different families on the same kind of data. */
function pair(): [PlannedRun, PlannedRun] {
  const runs = plan.filter(({ config }) => config.dataset.kind === 'comparison')
  const first = runs[0]!
  const second = runs.find(({ config }) => familyOf(config) !== familyOf(first.config))!
  return [first, second]
}

describe.each(launchers)('comparing runs in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    async function open(options = {}): Promise<{ page: Page; problems: string[] }> {
      app = await launch(library, options)
      const { page } = app
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (line) => {
        if (line.type() === 'error') problems.push(line.text())
      })
      await page.getByRole('link', { name: 'New run' }).first().waitFor()
      return { page, problems }
    }

    it('sets runs side by side: question, common ground, events, baseline, copy', async () => {
      const { page, problems } = await open()
      const [first, second] = pair()
      await show(page, { tab: 'side-by-side', picked: [first.id, second.id] })
      const table = page.getByRole('table', { name: 'Runs side by side' })
      await table.waitFor()
      expect(await table.getByRole('columnheader').count()).toBe(2)
      await page.getByRole('heading', { name: 'Common ground' }).waitFor()
      await page.getByRole('button', { name: 'Family', exact: true }).waitFor()
      await picture(page, `${name}-side-by-side`)

      // A difference that is meant joins the question and leaves the warnings; the view holds it.
      await page
        .getByRole('button', { name: /^mark as question/ })
        .first()
        .click()
      await expect.poll(() => viewOf(page)).toContain('question=')
      await page.getByRole('button', { name: `Baseline: ${first.name}` }).click()
      await expect.poll(() => viewOf(page)).toContain(`baseline=${first.id}`)
      // Every event that both have says how far it is from the baseline, and what the seeds say.
      await table
        .getByText(/n \d and \d|one seed/)
        .first()
        .waitFor()
      expect(await axeProblems(page)).toEqual([])
      await picture(page, `${name}-side-by-side-baseline`)

      // Zoomed, the view holds it, and the file of the curves shows the same steps.
      const curve = page.getByRole('slider', { name: `${first.name}: cursor` })
      const box = (await curve.boundingBox())!
      await page.mouse.move(box.x + 0.5 * box.width, box.y + 60)
      await page.mouse.down()
      await page.mouse.move(box.x + 0.9 * box.width, box.y + 60, { steps: 4 })
      await page.mouse.up()
      await expect.poll(() => viewOf(page)).toContain('sideZoom=')
      await page.getByRole('button', { name: 'Export curves of these runs' }).click()
      const panel = page.getByRole('dialog', { name: 'Export figure' })
      // A long name stands in several lines.
      const drawn = async (): Promise<string> =>
        (await panel.locator('svg text').allTextContents()).join(' ')
      await expect.poll(drawn).toContain(first.name)
      await expect.poll(drawn).toContain(second.name)
      await picture(page, `${name}-side-by-side-export`)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Reset zoom' }).click()
      await expect.poll(() => viewOf(page)).not.toContain('sideZoom')

      await page.getByRole('button', { name: `Take ${second.name} out` }).click()
      await page.getByText('Nothing to compare yet').waitFor()
      await page.getByRole('button', { name: 'Compare the newest 3' }).click()
      await table.waitFor()
      expect(await table.getByRole('columnheader').count()).toBe(3)
      expect(problems).toEqual([])
    })

    it('says when there are more runs than columns, and lets them be chosen', async () => {
      const { page } = await open({ dark: true })
      await show(page, { tab: 'side-by-side' })
      await page.getByText(/Showing the first 6 of/).waitFor()
      await page.getByRole('button', { name: 'Choose runs' }).click()
      // The query language, and not names alone.
      const filter = page.getByRole('combobox', { name: 'Filter the runs to choose from' })
      await filter.fill('nLayer = four')
      await page.getByText(/nLayer is compared with a number/).waitFor()
      await filter.fill('')
      const boxes = page.getByRole('checkbox')
      for (let i = 0; i < 4; i++) await boxes.nth(i).uncheck()
      await page.getByRole('button', { name: 'Show these' }).click()
      const table = page.getByRole('table', { name: 'Runs side by side' })
      await expect.poll(() => table.getByRole('columnheader').count()).toBe(2)
      expect(await axeProblems(page)).toEqual([])
      await picture(page, `${name}-side-by-side-dark`)
    })

    it('plots runs, keeps the plot in the view, and marks runs across plots', async () => {
      const { page, problems } = await open()
      await show(page, { tab: 'plots' })
      const marks = page.getByRole('slider', { name: 'Marks of the plot' })
      await marks.waitFor()
      await page.getByText('Chosen from what differs between these runs.').waitFor()
      await picture(page, `${name}-plot-proposed`)
      expect(await axeProblems(page)).toEqual([])

      await page.getByText('Strips', { exact: true }).click()
      await page.getByLabel('Across', { exact: true }).selectOption({ label: 'Family' })
      await expect.poll(() => viewOf(page)).toContain('"kind":"strip"')
      await page.getByRole('heading', { name: 'Generalised, steps by Family' }).waitFor()

      // By keyboard: to the first mark, which is read out, marked, and then marked in another plot too.
      await marks.focus()
      await page.keyboard.press('Home')
      const said = (await marks.getAttribute('aria-valuetext'))!
      const run = plan.find(({ name: title }) => said.startsWith(`${title}, `))
      expect(run, said).toBeDefined()
      await page.keyboard.press('Space')
      await page.getByText('1 run marked').waitFor()
      await page.getByText('Scatter', { exact: true }).click()
      await page.getByText('1 run marked').waitFor()
      expect(await page.locator('svg .marked').count()).toBe(1)
      await picture(page, `${name}-plot-marked`)

      // And in the table, whose selection marks in turn.
      await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
      await page.getByRole('button', { name: '1 run marked' }).waitFor()
      expect(await page.locator('tr.marked').count()).toBeLessThanOrEqual(1)
      await page.goBack()

      await page.getByText('Heat map', { exact: true }).click()
      await page.getByText('Share that got there').click()
      await expect.poll(() => viewOf(page)).toContain('"statistic":"share"')
      await picture(page, `${name}-plot-heat`)
      expect(await axeProblems(page)).toEqual([])

      // Enter on a run's mark opens it; back brings the very same plot.
      await page.getByText('Strips', { exact: true }).click()
      await marks.focus()
      await page.keyboard.press('Home')
      await page.keyboard.press('Enter')
      await page.locator('#run-title').waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: 'Generalised, steps by Family' }).waitFor()
      expect(problems).toEqual([])
    })

    it('lets a part of a parallel axis through by dragging along it', async () => {
      const { page } = await open({ width: 1920, height: 1080, dark: true })
      await show(page, {
        tab: 'plots',
        plots: {
          kind: 'parallel',
          axes: [{ id: 'config:model.family' }, { id: 'metric:accuracy/@ood' }]
        }
      })
      const marks = page.getByRole('slider', { name: 'Marks of the plot' })
      const box = (await marks.boundingBox())!
      await page.getByRole('heading', { name: 'Parallel coordinates over 2 axes' }).waitFor()
      // The second of two axes lies at three quarters of the plot.
      const x = box.x + 48 + 0.75 * (box.width - 60)
      await page.mouse.move(x, box.y + 80)
      await page.mouse.down()
      await page.mouse.move(x, box.y + box.height / 2, { steps: 4 })
      await page.mouse.up()
      await page
        .locator('figcaption')
        .getByText(/\d+ of \d+ runs let through/)
        .waitFor()
      expect(viewOf(page)).toContain('"brushes"')
      await page.getByRole('button', { name: /^Mark the \d+ let through/ }).click()
      await page.getByText(/\d+ runs? marked/).waitFor()
      await picture(page, `${name}-plot-parallel`)
      await page.getByRole('button', { name: 'Let all through' }).click()
      await expect.poll(() => viewOf(page)).not.toContain('"brushes"')
      expect(await axeProblems(page)).toEqual([])
    })
  })
})
