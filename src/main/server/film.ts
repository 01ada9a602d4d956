/** The answers of one inspection at many checkpoints as a film: a GIF, or PNG frames in a zip file. */
import type { RequestHandlers } from '@shared/contract'
import { UserError } from '@shared/errors'
import { filmSettings } from '@shared/film'
import { inspectFigure } from '@shared/inspect-figures'
import type { InspectResult } from '@shared/inspect'
import type { RunRecord } from '../store/store'
import type { Inspections } from './inspections'

type Handlers = Pick<RequestHandlers, 'inspect.film'>

export function createFilm(known: (id: string) => RunRecord, inspections: Inspections): Handlers {
  return {
    'inspect.film': async ({ id, steps, query, layer, format, delayMs, ticket }) => {
      const { filmFrames, writeGif } = await import('../figures/film')
      const results: InspectResult[] = []
      for (const step of steps) {
        results.push(await inspections.run(known(id), step, query, ticket ?? null))
      }
      const figures = results.map((result) => inspectFigure(result, { layer }))
      if (figures.some(({ panels }) => panels.length === 0)) {
        throw new UserError(
          'film.empty',
          `There is nothing to draw of ${query.job}.`,
          'Choose another job, or other prompts.'
        )
      }
      const frames = await filmFrames(figures, filmSettings)
      if (format === 'gif') return answer(writeGif(frames, delayMs))
      const { zipBytes } = await import('../packs/write-zip')
      const names = steps.map((step, i) => `${String(i + 1).padStart(4, '0')}-step-${step}.png`)
      const list = {
        run: id,
        query,
        layer: layer ?? null,
        frames: names.map((file, i) => ({ file, step: steps[i] }))
      }
      return answer(
        await zipBytes([
          {
            name: 'film.json',
            content: Buffer.from(`${JSON.stringify(list, null, 2)}\n`),
            compress: true
          },
          ...frames.map(({ png }, i) => ({
            name: names[i]!,
            content: Buffer.from(png),
            compress: false
          }))
        ])
      )
    }
  }
}

const answer = (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString('base64'), notes: [] })
