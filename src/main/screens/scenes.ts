/** The places of the page and what can lie over them, as the tour comes to them. */
import type { Page } from 'playwright-core'

/** What of the library the scenes name. */
export interface Cast {
  /** A run that was really trained, with checkpoints. */
  trained: string
  /** Made-up runs that finished, of one kind of data. */
  finished: readonly string[]
  failed: string
  study: string
}

export interface Scene {
  name: string
  /** The address's hash. */
  hash: (cast: Cast) => string
  /** Waited for: a selector. */
  ready: string
  act?: (page: Page) => Promise<void>
  /** The server answers nothing, is gone, or has no runs. */
  world?: 'silent' | 'lost' | 'empty'
}

const button = (name: string | RegExp) => async (page: Page) =>
  page.getByRole('button', { name }).first().click()
const key = (keys: string) => (page: Page) => page.keyboard.press(keys)
const compare = (cast: Cast, tab: string): string =>
  `#/compare?v=1&tab=${tab}&picked=${cast.finished.slice(0, 4).join('~')}`
const rows = '#runs-table tbody tr[id]'

export const scenes: readonly Scene[] = [
  { name: 'runs', hash: () => '#/runs?v=1', ready: rows },
  { name: 'runs-empty', hash: () => '#/runs?v=1', ready: 'text=No runs yet', world: 'empty' },
  { name: 'runs-loading', hash: () => '#/runs?v=1', ready: 'main', world: 'silent' },
  { name: 'runs-lost', hash: () => '#/runs?v=1', ready: 'main', world: 'lost' },
  {
    name: 'runs-query-refused',
    hash: () => '#/runs?v=1',
    ready: rows,
    act: async (page) => {
      await page.keyboard.press('/')
      await page.keyboard.type('ood > > .9')
    }
  },
  { name: 'runs-columns', hash: () => '#/runs?v=1', ready: rows, act: button('Columns') },
  { name: 'runs-views', hash: () => '#/runs?v=1', ready: rows, act: button(/views/i) },
  {
    name: 'runs-menu',
    hash: () => '#/runs?v=1',
    ready: rows,
    act: (page) => page.locator(rows).nth(3).click({ button: 'right' })
  },
  {
    name: 'runs-selected',
    hash: () => '#/runs?v=1',
    ready: rows,
    act: async (page) => {
      await page
        .locator(rows)
        .nth(2)
        .click({ position: { x: 160, y: 12 } })
      await page
        .locator(rows)
        .nth(5)
        .click({ modifiers: ['Shift'] })
    }
  },
  { name: 'runs-export', hash: () => '#/runs?v=1', ready: rows, act: button('Export the table') },
  { name: 'palette', hash: () => '#/runs?v=1', ready: rows, act: key('Control+k') },
  { name: 'keys', hash: () => '#/runs?v=1', ready: rows, act: key('?') },
  { name: 'new', hash: () => '#/new?preset=modular-coffee', ready: 'text=Leak checks' },
  {
    name: 'new-steps',
    hash: () => '#/new?preset=comparison-mini',
    ready: 'text=Leak checks',
    act: (page) => page.getByRole('radio', { name: 'Step by step' }).check({ force: true })
  },
  {
    name: 'new-refused',
    hash: () => '#/new?preset=comparison-mini',
    ready: 'text=Leak checks',
    act: (page) => page.getByRole('textbox', { name: 'Heads' }).fill('5')
  },
  { name: 'run', hash: ({ trained }) => `#/run/${trained}`, ready: 'text=/points/' },
  {
    name: 'run-checkpoints',
    hash: ({ trained }) => `#/run/${trained}`,
    ready: 'text=/points/',
    act: async (page) => {
      await page.getByText(/^\d+ checkpoints, /).click()
      await page.getByRole('checkbox', { name: 'Choose all' }).check()
      await page.getByRole('button', { name: /^Remove \d+, frees/ }).click()
      await page.getByRole('alertdialog').scrollIntoViewIfNeeded()
    }
  },
  { name: 'run-failed', hash: ({ failed }) => `#/run/${failed}`, ready: 'text=/points/' },
  {
    name: 'run-menu',
    hash: ({ trained }) => `#/run/${trained}`,
    ready: 'text=/points/',
    act: button('More actions')
  },
  { name: 'run-missing', hash: () => '#/run/none', ready: 'main h1' },
  {
    name: 'run-export',
    hash: ({ trained }) => `#/run/${trained}`,
    ready: 'text=/points/',
    act: button('Export all charts')
  },
  { name: 'compare-curves', hash: (cast) => compare(cast, 'curves'), ready: 'text=/points/' },
  {
    name: 'compare-side-by-side',
    hash: (cast) => compare(cast, 'side-by-side'),
    ready: 'text=Common ground'
  },
  { name: 'compare-plots', hash: (cast) => compare(cast, 'plots'), ready: 'main canvas' },
  { name: 'compare-empty', hash: () => '#/compare?v=1', ready: 'main h1', world: 'empty' },
  { name: 'studies', hash: () => '#/studies', ready: 'main table' },
  { name: 'studies-empty', hash: () => '#/studies', ready: 'main h2', world: 'empty' },
  {
    name: 'studies-editor',
    hash: () => '#/studies',
    ready: 'main table',
    act: async (page) => {
      await page.getByRole('button', { name: 'Plan a study', exact: true }).click()
      await page.getByText(/^To train/).waitFor()
    }
  },
  { name: 'study', hash: ({ study }) => `#/studies/${study}`, ready: 'text=Phase diagram' },
  {
    name: 'study-cells',
    hash: ({ study }) => `#/studies/${study}`,
    ready: 'text=Phase diagram',
    act: (page) => page.getByRole('region', { name: 'Cells' }).scrollIntoViewIfNeeded()
  },
  { name: 'study-missing', hash: () => '#/studies/none', ready: '[role=alert]' },
  {
    name: 'inspect',
    hash: ({ trained }) => `#/inspect?run=${trained}`,
    ready: 'main canvas',
    act: (page) => page.waitForTimeout(5000)
  },
  { name: 'inspect-empty', hash: () => '#/inspect', ready: 'main h1', world: 'empty' },
  { name: 'machine', hash: () => '#/machine', ready: 'main h2' }
]
