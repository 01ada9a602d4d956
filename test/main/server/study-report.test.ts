/** Reports of a stored study: the same from command line and contract, and claims that go stale with their runs. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApiClient } from '@shared/contract'
import { reportFormats, type ReportFormat } from '@shared/report/document'
import { openServer, temporaryFolder, tinyConfig } from '../../support/library'
import { runWords } from '../../support/cli'
import { writeStudyLibrary, type WrittenStudy } from '../../support/study-library'

const steps = Array.from({ length: 41 }, (_, i) => 50 * i)
const claim = {
  ...{ sentence: 'Width 16 is earlier.', axis: 'dModel', first: '8', second: '16' },
  direction: 'earlier' as const
}

/** Width 16 generalises by step 100 and a little, width 8 by 1,000 and a little. */
function written(library: string): WrittenStudy {
  return writeStudyLibrary(
    library,
    {
      ...{ name: 'widths', title: 'Widths & <depths>', question: 'Does width matter?' },
      base: tinyConfig(2000) as Record<string, unknown>,
      axes: [
        { kind: 'values', path: 'model.dModel', values: [8, 16] },
        { kind: 'seeds', seeds: [1, 2, 3, 4] }
      ],
      claims: [claim]
    },
    ({ config }) => {
      const at = (config.model.dModel === 16 ? 100 : 1000) + 50 * config.seed
      return {
        steps,
        values: (step) => ({
          'accuracy/train_inferred': step >= 50 ? 1 : 0,
          'accuracy/test_inferred_ood': step >= at ? 1 : 0.5
        })
      }
    }
  )
}

const look = (library: string) => openServer(library, { startTrainer: null, takes: 'own' })
const read = async (request: ApiClient, id: string, format: ReportFormat): Promise<string> =>
  Buffer.from((await request['studies.report']({ id, format })).base64, 'base64').toString()

it('the command line writes the bytes that the contract answers, and the first report binds claims', async () => {
  const library = temporaryFolder()
  const { id } = written(library)
  const opened = await look(library)
  const html = await read(opened.request, id, 'html')
  expect(html).toContain('Widths &amp; &lt;depths&gt;')
  // By hand: 4 against 4 runs that are completely apart.
  expect(html).toContain('p = 0.029 by permutation (all 70 assignments)')
  expect(html).toContain('Supported.')
  expect((await opened.request['studies.plan']({ id })).standings).toMatchObject([
    { state: 'current', recorded: { verdict: 'supported', p: 2 / 70 } }
  ])
  const all = await Promise.all(reportFormats.map((format) => read(opened.request, id, format)))
  await opened.server.close('done')

  const out = join(temporaryFolder(), 'reports', 'widths')
  const made = await runWords(
    ['study', 'report', 'widths', '--out', out, '--runs', library],
    library
  )
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(made.stdout.trim().split('\n')).toHaveLength(reportFormats.length)
  reportFormats.forEach((format, i) => {
    // The version is that of the program that writes: both stand-ins say 1.2.3.
    expect(readFileSync(join(out, `${id}.${format}`), 'utf8')).toBe(all[i])
  })
  const single = join(out, 'one.html')
  await runWords(['study', 'report', id, '--out', single, '--runs', library], library)
  expect(readFileSync(single, 'utf8')).toBe(html)
})

it('a claim is stale when its runs have changed, until it is recorded anew', async () => {
  const library = temporaryFolder()
  const { id, runs } = written(library)
  const opened = await look(library)
  const { request } = opened
  const state = async (): Promise<string> =>
    (await request['studies.plan']({ id })).standings[0]!.state
  expect(await state()).toBe('unrecorded')
  expect(await request['studies.record']({ id })).toEqual({ recorded: 1, left: 0 })
  expect(await state()).toBe('current')
  // Another sentence for the same comparison changes nothing; another comparison has no record.
  const { study } = (await request['studies.list']({}))[0]!
  const change = (over: object) =>
    request['studies.update']({ id, study: { ...study, claims: [{ ...claim, ...over }] } })
  await change({ sentence: 'Wider is earlier.' })
  expect(await state()).toBe('current')
  await change({ alpha: 0.01 })
  expect(await state()).toBe('unrecorded')
  await change({})
  expect(await state()).toBe('current')

  await request['runs.trash']({ id: runs['dModel 16, seed 4']! })
  expect(await state()).toBe('stale')
  const html = await read(request, id, 'html')
  expect(html).toContain('class="claim stale"')
  expect(html).toMatch(
    /Stale: recorded as Supported, p = 0\.029, on \d{4}-\d\d-\d\d; its runs have/
  )
  // One of its cells is missing now: there is nothing to record, and the old record stays.
  expect(await request['studies.record']({ id })).toEqual({ recorded: 0, left: 1 })
  expect(await state()).toBe('stale')
  await request['runs.restore']({ id: runs['dModel 16, seed 4']! })
  expect(await state()).toBe('current')
})

it('a study without runs has a report too, and a place that cannot be written is said', async () => {
  const library = temporaryFolder()
  const { id, runs } = written(library)
  for (const run of Object.values(runs)) {
    rmSync(join(library, 'runs', run), { recursive: true })
  }
  const { request } = await look(library)
  for (const format of reportFormats) {
    expect(await read(request, id, format)).toContain('No run has been evaluated yet')
  }
  const refused = await runWords(
    ['study', 'report', id, '--out', '/dev/null/x.html', '--runs', library],
    library
  )
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('The report cannot be written to /dev/null/x.html')
  const nowhere = await runWords(['study', 'report', id, '--runs', library], library)
  expect(nowhere.stderr).toContain('study report needs --out DIR|FILE.')
})
