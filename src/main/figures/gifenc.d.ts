/** gifenc has no types of its own: the three functions that are used. */
declare module 'gifenc' {
  type Palette = number[][]
  export function quantize(rgba: Uint8Array, colors: number): Palette
  export function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array
  export function GIFEncoder(): {
    /** @param options.delay milliseconds; GIF knows hundredths of a second */
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: { palette: Palette; delay: number }
    ): void
    finish(): void
    bytes(): Uint8Array
  }
}
