import { performance } from 'node:perf_hooks'

/**
 * Lines of progress, one subject each. On a terminal `update` rewrites the line it is on, anywhere
 * else it writes a plain line every ten seconds, so that logs stay short and nobody waits in
 * silence.
 * @typedef {object} Progress
 * @property {(subject: string, text: string) => void} say a line that stays
 * @property {(subject: string, text: string) => void} update where a long step stands
 */

const PLAIN_LINE_EVERY_MS = 10_000

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} stream
 * @param {() => number} clockMs
 * @returns {Progress}
 */
export function progressOn(stream, clockMs = () => performance.now()) {
  let lastPlainMs = clockMs()
  let onUpdatedLine = false
  /** @param {string} subject @param {string} text */
  const line = (subject, text) => `${subject.padEnd(9)} ${text}`
  return {
    say(subject, text) {
      stream.write(`${onUpdatedLine ? '\r\x1b[K' : ''}${line(subject, text)}\n`)
      onUpdatedLine = false
      lastPlainMs = clockMs()
    },
    update(subject, text) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${line(subject, text).slice(0, (stream.columns ?? 80) - 1)}`)
        onUpdatedLine = true
      } else if (clockMs() - lastPlainMs >= PLAIN_LINE_EVERY_MS) {
        lastPlainMs = clockMs()
        stream.write(`${line(subject, text)}\n`)
      }
    }
  }
}

/** 1 140 000 000 -> '1.14 GB'. @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** 83 400 -> '83 s'. @param {number} ms */
export function formatSeconds(ms) {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
