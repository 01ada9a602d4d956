/**
 * How a figure is put on paper. One schema: the form of the export dialog, the options of `grokscope plot`, their
 * limits and their help are read off it.
 */
import { z } from 'zod'
import { journalIds } from '../journals'

/** What is said about a setting. */
export interface SettingMeta {
  label: string
  help: string
  unit?: string
}

const setting = <T extends z.ZodType>(schema: T, meta: SettingMeta): T => schema.meta({ ...meta })

export const FigureSettings = z.strictObject({
  journal: setting(z.enum(journalIds as [string, ...string[]]).default('nature-single'), {
    label: 'Made for',
    help: 'Sets width, font, text size and line widths.'
  }),
  theme: setting(z.enum(['print', 'mono', 'light', 'dark']).default('print'), {
    label: 'Colours',
    help: 'print: colours on white paper. mono: black and grey, told apart by dashes and markers. light, dark: as on the screen.'
  }),
  width: setting(z.number().min(30).max(1000).optional(), {
    label: 'Width',
    help: 'Instead of that of the journal.',
    unit: 'mm'
  }),
  height: setting(z.number().min(20).max(1000).optional(), {
    label: 'Height',
    help: 'Left out, it follows from the width and the number of panels.',
    unit: 'mm'
  }),
  font: setting(z.number().min(4).max(48).optional(), {
    label: 'Text size',
    help: 'Instead of that of the journal.',
    unit: 'pt'
  }),
  legend: setting(z.enum(['auto', 'above', 'ends', 'none']).default('auto'), {
    label: 'Names of curves',
    help: "ends: at the curves' ends. above: in a legend. auto: at the ends where there is room for all."
  }),
  title: setting(z.boolean().default(false), {
    label: 'Title',
    help: 'The title of the figure above it.'
  }),
  letters: setting(z.boolean().default(false), {
    label: 'Letters',
    help: 'a, b, c before the titles of the panels.'
  }),
  notes: setting(z.boolean().default(true), {
    label: 'Notes',
    help: 'What a reader must know to trust a panel, below it: reduction, smoothing, what was left out.'
  }),
  caption: setting(z.boolean().default(false), {
    label: 'Caption',
    help: 'Below the figure: what is shown, of how many runs and seeds.'
  }),
  powers: setting(z.boolean().default(false), {
    label: 'Powers of ten',
    help: '10⁴ instead of 10k on logarithmic axes.'
  }),
  transparent: setting(z.boolean().default(false), {
    label: 'Transparent',
    help: 'No background.'
  }),
  dpi: setting(z.int().min(72).max(2400).default(600), {
    label: 'Resolution',
    help: 'Of a PNG file.',
    unit: 'dots per inch'
  })
})
export type FigureSettings = z.infer<typeof FigureSettings>
