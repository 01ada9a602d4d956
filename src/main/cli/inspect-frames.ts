/** A film of one inspect job: the figure of every checkpoint as a numbered file. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import { FigureSettings } from '@shared/figure/drawing/settings'
import type { InspectResult } from '@shared/inspect'
import { inspectFigure } from '@shared/inspect-figures'
import type { Library } from './library'

export const frameFormats = ['png', 'svg', 'pdf'] as const
export type FrameFormat = (typeof frameFormats)[number]

/** The height follows from the panels, of which every checkpoint has the same: all frames are of one size. */
const settings = FigureSettings.parse({
  ...{ journal: 'slides', title: true, width: 240, dpi: 150, legend: 'above' }
})

/**
 * Writes frame-0001-step-100.png and so on.
 * @returns their paths
 * @throws {UserError} `inspect.frames` for a job without a figure, `disk.write`
 */
export async function writeFrames(
  { request }: Library,
  results: readonly InspectResult[],
  { folder, format, layer }: { folder: string; format: FrameFormat; layer?: string | undefined }
): Promise<string[]> {
  const digits = Math.max(4, String(results.length).length)
  const paths: string[] = []
  for (const [i, result] of results.entries()) {
    const figure = inspectFigure(result, { layer })
    if (figure.panels.length === 0) throw nothingDrawn(result)
    const { base64 } = await request['figures.write']({ figure, format, settings })
    const number = String(i + 1).padStart(digits, '0')
    const path = join(folder, `frame-${number}-step-${result.step}.${format}`)
    try {
      mkdirSync(folder, { recursive: true })
      writeFileSync(path, Buffer.from(base64, 'base64'))
    } catch (error) {
      throw new UserError(
        'disk.write',
        `${path} could not be written: ${(error as Error).message}.`,
        'Name another folder.'
      )
    }
    paths.push(path)
  }
  return paths
}

const nothingDrawn = ({ query, step }: InspectResult): UserError =>
  new UserError(
    'inspect.frames',
    `The job ${query.job} has nothing to draw at step ${step}.`,
    'Choose other prompts or another job.'
  )
