/** Looking inside a run, in the window and in the browser, with the real trainer behind it. */
import { AxeBuilder } from '@axe-core/playwright'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import fs from 'node:fs'
import path from 'node:path'
import type { CircuitReading } from '@shared/circuit/reading'
import type { InspectResult } from '@shared/inspect'
import { launchers, picture, type RunningApp } from '../support/apps'
import { grokscope, newLibrary } from '../support/grokscope'

let library: string
let run: string
const steps = [1, 3, 10, 32, 60, 100, 120]

beforeAll(async () => {
  library = newLibrary()
  const config = path.join(library, 'config.json')
  fs.writeFileSync(
    config,
    JSON.stringify({
      dataset: { kind: 'comparison', entities: 20, attributes: 2, values: 5, phi: 6, probes: 60 },
      model: { family: 'gpt2', nLayer: 2, dModel: 16, nHead: 2 },
      optimizer: { lr: 3e-3, warmup: 10 },
      batchSize: 64,
      budget: { steps: 120 },
      evaluation: { every: 40 },
      checkpoints: { every: 60, perDecade: 2 }
    })
  )
  const { code, stderr } = await grokscope('train', config, '--runs', library)
  expect(code, stderr).toBe(0)
  run = fs.readdirSync(path.join(library, 'runs'))[0]!
})

let app: RunningApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

describe('grokscope inspect', () => {
  const inspect = (...args: string[]) => grokscope('inspect', run, '--runs', library, ...args)

  it('answers as JSON, in tables, over all checkpoints, and in files', async () => {
    const { code, stdout, stderr } = await inspect('--job', 'causal-trace', '--json')
    expect(code, stderr).toBe(0)
    const result = JSON.parse(stdout) as InspectResult
    expect(result.step).toBe(120)
    expect(result.arrays['strength']!.dims).toEqual(['change', 'layer'])

    const near = await inspect('--job', 'logit-lens', '--step', '50')
    expect(near.stderr).toMatch(/no checkpoint of step 50; this is 60/)
    expect(near.stdout).toMatch(/mrr, target answer/)

    const all = await inspect('--job', 'predictions', '--step', 'all', '--split', 'id_atomic')
    expect(all.stdout.split('\n')[0]).toMatch(/VALUE +1 +3 +10 +32 +60 +100 +120/)

    const file = path.join(library, 'lens.safetensors')
    const out = await inspect('--job', 'logit-lens', '--row', 'random', '--out', file)
    expect(out.code, out.stderr).toBe(0)
    expect(fs.statSync(file).size).toBeGreaterThan(100)
  })

  it('draws a film: one picture of one size for each checkpoint', async () => {
    const frames = path.join(library, 'frames')
    const drawn = await inspect('--job', 'logit-lens', '--frames', frames, '--format', 'svg')
    expect(drawn.code, drawn.stderr).toBe(0)
    const names = fs.readdirSync(frames).sort()
    expect(names).toEqual(
      steps.map((step, i) => `frame-${String(i + 1).padStart(4, '0')}-step-${step}.svg`)
    )
    const pictures = names.map((name) => fs.readFileSync(path.join(frames, name), 'utf8'))
    expect(new Set(pictures.map((svg) => /viewBox="[^"]*"/.exec(svg)![0])).size).toBe(1)
    pictures.forEach((svg, i) => expect(svg).toContain(`step ${steps[i]!}`))
    const wrong = await inspect('--job', 'logit-lens', '--frames', frames, '--format', 'gif')
    expect(wrong.code).toBe(2)
  })

  it('looks into a folder of weights that was imported, as into the checkpoint it was', async () => {
    const other = newLibrary()
    const checkpoint = path.join(library, 'runs', run, 'checkpoints', 'step-000000060')
    const said = await grokscope('import', checkpoint, '--runs', other, '--name', 'from elsewhere')
    expect(said.code, said.stderr).toBe(0)
    const ask = ['--job', 'causal-trace', '--json']
    const there = await grokscope('inspect', 'from elsewhere', '--runs', other, ...ask)
    expect(there.code, there.stderr).toBe(0)
    const here = await inspect('--step', '60', ...ask)
    const [found, wanted] = [there, here].map(({ stdout }) => JSON.parse(stdout) as InspectResult)
    expect(found!.step).toBe(60)
    expect(found!.arrays).toEqual(wanted!.arrays)
  })

  it('says what is wrong with a question', async () => {
    const { code, stderr } = await inspect('--job', 'logit-lense')
    expect(code).toBe(2)
    expect(stderr).toMatch(/Did you mean logit-lens\?/)
    expect((await inspect('--job', 'fourier')).stderr).toMatch(/modulo an odd number/)
    expect((await inspect('--job', 'attention', '--tokens', 'e_99')).stderr).toMatch(/"e_99"/)
    expect((await inspect()).stderr).toMatch(/inspect needs --job/)
  })
})

describe('grokscope circuit', () => {
  const circuit = (...args: string[]) =>
    grokscope('circuit', run, '--runs', library, '--count', '40', ...args)

  it('answers the questions of the paper as text, as JSON and in a file', async () => {
    const text = await circuit('--from', '10')
    expect(text.code, text.stderr).toBe(0)
    expect(text.stdout).toContain('WHICH LINKS STRENGTHENED BETWEEN THE CHECKPOINTS?')
    expect(text.stdout).toContain('checkpoints of step 10 and step 120')
    const json = await circuit('--from', '10', '--json')
    const reading = JSON.parse(json.stdout) as CircuitReading
    expect(reading).toMatchObject({ layers: 2, plan: { from: 10, to: 120, count: 40 } })
    // Three changes, after the embedding and two layers; of the answer's place all of it is replaced at the end.
    expect(reading.links).toHaveLength(9)
    const last = reading.links.find(({ change, layer }) => change === 'e2' && layer === 2)!
    expect(last.after.value).toBeCloseTo(reading.ceiling['e2']!, 6)
    const file = path.join(library, 'circuit.html')
    const out = await circuit('--from', '10', '--out', file)
    expect(out.code, out.stderr).toBe(0)
    const html = fs.readFileSync(file, 'utf8')
    expect(html.match(/<img src="data:image\/svg/g)).toHaveLength(3)
    expect(html).not.toContain('<script')
  })

  it('says what is wrong with a question', async () => {
    const { code, stderr } = await circuit('--from', '11')
    expect(code).toBe(2)
    expect(stderr).toMatch(/no checkpoint of step 11/)
    expect((await circuit('--from', '120', '--to', '10')).stderr).toMatch(/earlier checkpoint/)
    expect((await circuit('--out', 'report.docx')).stderr).toMatch(/\.html, \.md, \.tex/)
  })
})

describe.each(launchers)('the Inspect place in $name', ({ name, skip, launch }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    it('puts a question to every checkpoint, compares two, and shows every view', async () => {
      app = await launch(library)
      const { page } = app
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      const sound = async (): Promise<void> => {
        // Electron's page cannot open the empty one that axe wants for its frames.
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
        expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
      }
      await page.getByRole('link', { name: 'Inspect' }).click()
      await page.getByRole('heading', { name: 'Inspect' }).waitFor()
      await page.getByRole('combobox', { name: 'Run' }).selectOption(run)
      const map = page.getByRole('grid', { name: 'MRR of answer' })
      await map.waitFor({ timeout: 60_000 })
      await page.getByText('step 120', { exact: false }).first().waitFor()

      // By keyboard: from the newest checkpoint to the oldest, and through the cells.
      const slider = page.getByRole('slider', { name: 'Checkpoint' }).last()
      await slider.focus()
      for (const step of [...steps].reverse().slice(1)) {
        await page.keyboard.press('ArrowLeft')
        await page.getByText(new RegExp(`, step ${step}$`)).waitFor()
      }
      await page.keyboard.press('End')
      await page.getByText(/, step 120$/).waitFor()
      await map.getByRole('gridcell').first().focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('End')
      await page.getByText(/^layer 1, position e2: 0\.\d\d|^layer 1, position e2: 1\.00/).waitFor()
      await picture(page, `${name}-inspect-lens`)
      await sound()

      const views = page.getByRole('group', { name: 'View' })
      const shows: [view: string, region: string][] = [
        ['Predictions', 'What is said, by the difference of the values'],
        ['Attention', 'layer 1, head 2'],
        ['Causal tracing', 'Each position, change of e1']
      ]
      for (const [view, region] of shows) {
        await views.getByText(view, { exact: true }).click()
        await page.getByRole('grid', { name: region }).waitFor({ timeout: 60_000 })
        await picture(page, `${name}-inspect-${view.toLowerCase().replace(' ', '-')}`)
      }
      await page.getByText('Difference to').click()
      await page.getByText('Change from step 1 to step 120').waitFor({ timeout: 60_000 })
      await picture(page, `${name}-inspect-difference`)
      await sound()
      await page.getByText('Nothing', { exact: true }).click()

      await views.getByText('Weights', { exact: true }).click()
      await page.getByRole('cell', { name: 'transformer.wte.weight' }).waitFor({ timeout: 60_000 })
      await views.getByText('Embeddings', { exact: true }).click()
      await page.getByText('PC 1 and PC 2').waitFor({ timeout: 60_000 })
      await sound()

      await views.getByText('Circuit report', { exact: true }).click()
      await page
        .getByRole('heading', { name: 'Which links strengthened between the checkpoints?' })
        .waitFor({ timeout: 60_000 })
      await page.getByRole('combobox', { name: 'From' }).selectOption('60')
      await page.getByText('checkpoints of step 60 and step 120').waitFor({ timeout: 60_000 })
      await page.getByRole('grid', { name: 'Change' }).scrollIntoViewIfNeeded()
      await picture(page, `${name}-inspect-circuit`)
      await sound()

      // A question that cannot be answered says why, and the next one is answered.
      await views.getByText('Predictions', { exact: true }).click()
      await page.getByText('Typed', { exact: true }).click()
      const tokens = page.getByRole('textbox', { name: 'Tokens' })
      await tokens.fill('attr_1 q e_99 mask e_2')
      await tokens.press('Enter')
      await page.getByText('"e_99" is not in the vocabulary').waitFor({ timeout: 60_000 })
      await tokens.fill('attr_1 q e_9 mask e_2')
      await tokens.press('Enter')
      await page.getByRole('grid', { name: 'Likeliest tokens at every position' }).waitFor()
      await picture(page, `${name}-inspect-typed`)
      expect(problems).toEqual([])
    })
  })
})

// Last: the others look into what this removes.
describe('grokscope checkpoints', () => {
  it('lists what is there, and removes what is named', async () => {
    const of = (...args: string[]) => grokscope('checkpoints', run, '--runs', library, ...args)
    const listed = await of()
    expect(listed.stdout).toMatch(/^STEP +SIZE +KEPT\n/)
    expect(listed.stdout).toMatch(/7 checkpoints, \d/)
    expect((await of('--remove', 'some')).stderr).toMatch(/takes steps or a range/)
    expect((await of('--remove', '7-9')).stderr).toMatch(/no checkpoint from step 7 to 9/)
    expect((await of('--remove', '1,2')).stderr).toMatch(/no checkpoint of step 2/)
    expect(JSON.parse((await of('--json')).stdout)).toHaveLength(7)
    expect((await of('--remove', '1-5')).stdout).toMatch(/^Removed 2 of 7 checkpoints/)
    const left = JSON.parse((await of('--json')).stdout) as { step: number }[]
    expect(left.map(({ step }) => step)).toEqual(steps.slice(2))
  })
})
