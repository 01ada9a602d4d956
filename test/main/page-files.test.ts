import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, pageFile } from '../../src/main/page-files'

const folder = join('/', 'app', 'out', 'renderer')

describe('the built page', () => {
  it('serves index.html at its root and every asset with its own type', () => {
    expect(pageFile(folder, '/')?.path).toBe(join(folder, 'index.html'))
    expect(pageFile(folder, '/')?.headers['Content-Type']).toMatch(/^text\/html/)
    expect(pageFile(folder, '/assets/index-1.js')?.headers['Content-Type']).toMatch(/javascript/)
    expect(pageFile(folder, '/assets/index-1.css')?.headers['Content-Type']).toMatch(/^text\/css/)
    expect(pageFile(folder, '/icon.svg')?.headers['Content-Type']).toBe('image/svg+xml')
  })

  it.each([
    '/../../etc/passwd.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../main/index.js',
    '/%00.js',
    '/%ff.js',
    '/server.exe',
    '/assets'
  ])('refuses %s', (address) => {
    expect(pageFile(folder, address)).toBeNull()
  })

  it('never lets the page run inline or evaluated code, nor reach another host', () => {
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/)
    expect(contentSecurityPolicy).toMatch(/default-src 'none'/)
    expect(pageFile(folder, '/')?.headers['Content-Security-Policy']).toBe(contentSecurityPolicy)
  })
})
