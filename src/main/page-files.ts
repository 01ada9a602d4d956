/** The built page as it leaves the disk: which file an address names, and the headers it travels with. */
import { extname, isAbsolute, join, relative } from 'node:path'

/** Nothing inline, nothing evaluated, nothing from elsewhere; 'self' covers the page's own WebSocket. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.json': 'application/json; charset=utf-8'
}

export interface PageFile {
  /** Absolute path below the page's folder; it need not exist. */
  path: string
  headers: Record<string, string>
}

/**
 * The file that a request's path names, or null when the path leaves the folder, cannot be decoded or is of a
 * type that the page does not consist of.
 * @param folder absolute path of the built page (out/renderer)
 * @param pathname path of the address, still percent-encoded, e.g. `/assets/index.js`
 */
export function pageFile(folder: string, pathname: string): PageFile | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  const path = join(folder, decoded.endsWith('/') ? `${decoded}index.html` : decoded)
  const below = relative(folder, path)
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return null
  const type = contentTypes[extname(path)]
  if (!type) return null
  return {
    path,
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': contentSecurityPolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      // Built assets carry a hash in their name; the page itself must always be the one on disk.
      'Cache-Control': below.startsWith('assets') ? 'max-age=31536000, immutable' : 'no-cache'
    }
  }
}
