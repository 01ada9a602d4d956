/** The library: one folder that holds history.sqlite, runs/, trash/ and logs/. */
import { posix, win32 } from 'node:path'

/**
 * Where the library is unless `--runs DIR` says otherwise: $GROKSCOPE_LIBRARY, else the per-user data folder
 * of the platform. The app and the command line share it.
 * @param platform as in `process.platform`
 * @param home the user's home folder, as of `os.homedir()`
 */
export function defaultLibrary(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string
): string {
  const path = platform === 'win32' ? win32 : posix
  const named = env['GROKSCOPE_LIBRARY']
  if (named) return path.resolve(named)
  if (platform === 'win32') {
    return path.join(env['APPDATA'] || path.join(home, 'AppData', 'Roaming'), 'Grokscope')
  }
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Grokscope')
  const dataHome = env['XDG_DATA_HOME']
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  return path.join(
    dataHome && path.isAbsolute(dataHome) ? dataHome : path.join(home, '.local', 'share'),
    'grokscope'
  )
}
