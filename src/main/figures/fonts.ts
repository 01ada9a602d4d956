/**
 * The fonts of figures, as files: Arimo and Tinos, which have the metrics of Arial and Times New Roman and may be
 * embedded and passed on (SIL Open Font License). PDF files embed them, PNG files are drawn with them.
 */
import { createRequire } from 'node:module'
import type { Face } from '@shared/figure/drawing/fonts'

const resolve = (path: string) => (): string =>
  createRequire(__filename).resolve(`@expo-google-fonts/${path}.ttf`)

/** The file of each face of src/shared/figure/drawing/fonts.ts. */
export const faces: Record<Face, { file: () => string }> = {
  sans: { file: resolve('arimo/400Regular/Arimo_400Regular') },
  'sans-bold': { file: resolve('arimo/700Bold/Arimo_700Bold') },
  serif: { file: resolve('tinos/400Regular/Tinos_400Regular') },
  'serif-bold': { file: resolve('tinos/700Bold/Tinos_700Bold') }
}
