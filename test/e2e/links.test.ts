/** Pages elsewhere: a click hands them to the user's browser, and the app itself goes nowhere. */
import { afterEach, describe, expect, it } from 'vitest'
import { launchers, type RunningApp } from '../support/apps'
import { newLibrary } from '../support/grokscope'

let app: RunningApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

const paper = 'https://arxiv.org/abs/2301.05217'

describe.each(launchers)('links in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    it('leads from a setting to the paper it comes from', async () => {
      app = await launch(newLibrary())
      const { page, shell } = app
      await page.getByRole('link', { name: 'New run' }).first().click()
      await page.getByRole('button', { name: /Modular addition, coffee break/ }).click()
      const link = page.getByRole('link', { name: /arXiv 2301\.05217/ }).first()
      expect(await link.getAttribute('href')).toBe(paper)
      const before = page.url()
      if (name === 'Electron') {
        // No test starts a browser: what the shell would hand to the system is written down instead.
        await shell!.evaluate(({ shell: system }) => {
          const opened: string[] = []
          Object.assign(globalThis, { opened })
          system.openExternal = (address) => Promise.resolve(void opened.push(address))
        })
        const opened = (): Promise<string[]> =>
          shell!.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)
        await link.click()
        await expect.poll(opened).toEqual([paper])
        await page.evaluate(
          `for (const address of ['file:///etc/passwd', 'https://evil.example/']) {
            window.desktop.openLink(address)
          }`
        )
        // Messages keep their order: once the third is through, the two before were refused.
        await link.focus()
        await page.keyboard.press('Enter')
        await expect.poll(opened).toEqual([paper, paper])
        expect(shell!.windows().length).toBe(1)
      } else {
        await page.context().route('https://arxiv.org/**', (route) => route.fulfill({ body: '' }))
        const [tab] = await Promise.all([page.waitForEvent('popup'), link.click()])
        expect(tab.url()).toBe(paper)
        // Neither side can reach the other.
        expect(await tab.evaluate('window.opener')).toBeNull()
      }
      expect(page.url()).toBe(before)
    })
  })
})
