import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { filmFrames, writeGif } from '../../../src/main/figures/film'
import { heatMap } from '../../support/figures'

const settings = FigureSettings.parse({ dpi: 72, width: 60 })
/** Frames, delays in hundredths of a second and size of a GIF, read by its specification (GIF89a). */
function readGif(bytes: Uint8Array): {
  width: number
  height: number
  frames: number
  delays: number[]
  loops: boolean
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  expect(new TextDecoder().decode(bytes.subarray(0, 6))).toBe('GIF89a')
  const [width, height, flags] = [view.getUint16(6, true), view.getUint16(8, true), bytes[10]!]
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const delays: number[] = []
  let [frames, loops] = [0, false]
  const skipBlocks = (): void => {
    while (bytes[at] !== 0) at += bytes[at]! + 1
    at++
  }
  for (;;) {
    const kind = bytes[at++]
    if (kind === 0x3b) return { width, height, frames, delays, loops }
    if (kind === 0x21) {
      const label = bytes[at++]
      if (label === 0xf9) delays.push(view.getUint16(at + 2, true))
      if (label === 0xff) loops = true
      skipBlocks()
    } else {
      expect(kind).toBe(0x2c)
      frames++
      const local = bytes[at + 8]!
      at += 9 + (local & 0x80 ? 3 * 2 ** ((local & 7) + 1) : 0) + 1
      skipBlocks()
    }
  }
}

test('a film is a GIF of all frames, at their pace, for ever', async () => {
  const frames = await filmFrames([heatMap, heatMap, heatMap], settings)
  const gif = writeGif(frames, 250)
  const { width, height } = frames[0]!
  expect(readGif(gif)).toEqual({ width, height, frames: 3, delays: [25, 25, 25], loops: true })
  // The same figures, the same bytes.
  expect(Buffer.from(writeGif(frames, 250)).equals(Buffer.from(gif))).toBe(true)
  const picture = decode(frames[0]!.png)
  expect([picture.width, picture.height]).toEqual([width, height])
})

test('frames of several sizes stand on white', async () => {
  const [large] = await filmFrames([heatMap], settings)
  const [small] = await filmFrames([heatMap], { ...settings, width: 40 })
  const { width, height, frames } = readGif(writeGif([small!, large!], 100))
  expect([width, height, frames]).toEqual([large!.width, Math.max(small!.height, large!.height), 2])
})
