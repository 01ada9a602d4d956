import { describe, expect, it } from 'vitest'
import { defaultLibrary } from '../../src/main/library'

describe('the default library', () => {
  it('is the per-user data folder of each platform', () => {
    expect(defaultLibrary('linux', {}, '/home/ada')).toBe('/home/ada/.local/share/grokscope')
    expect(defaultLibrary('darwin', {}, '/Users/ada')).toBe(
      '/Users/ada/Library/Application Support/Grokscope'
    )
    expect(
      defaultLibrary('win32', { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' }, 'C:\\Users\\ada')
    ).toBe('C:\\Users\\ada\\AppData\\Roaming\\Grokscope')
    expect(defaultLibrary('win32', {}, 'C:\\Users\\ada')).toBe(
      'C:\\Users\\ada\\AppData\\Roaming\\Grokscope'
    )
  })

  it('follows XDG_DATA_HOME where it is absolute, as the specification asks', () => {
    expect(defaultLibrary('linux', { XDG_DATA_HOME: '/data' }, '/home/ada')).toBe('/data/grokscope')
    expect(defaultLibrary('linux', { XDG_DATA_HOME: 'data' }, '/home/ada')).toBe(
      '/home/ada/.local/share/grokscope'
    )
  })

  it('is named by GROKSCOPE_LIBRARY before anything else', () => {
    const env = { GROKSCOPE_LIBRARY: '/lab', XDG_DATA_HOME: '/data' }
    expect(defaultLibrary('linux', env, '/home/ada')).toBe('/lab')
    expect(defaultLibrary('darwin', env, '/Users/ada')).toBe('/lab')
  })
})
