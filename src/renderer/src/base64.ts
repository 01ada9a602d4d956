/** Bytes as the text in which they pass a connection of JSON messages, and back. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

export function base64Of(bytes: Uint8Array): string {
  // fromCharCode takes its bytes as arguments, of which there may not be millions.
  const most = 2 ** 15
  let text = ''
  for (let at = 0; at < bytes.length; at += most) {
    text += String.fromCharCode(...bytes.subarray(at, at + most))
  }
  return btoa(text)
}
