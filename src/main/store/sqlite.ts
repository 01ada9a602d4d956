/** Which SQLite is used, and when its verdict on a file is good. */
import { createRequire } from 'node:module'
import PackagedSqlite, { type Database } from 'better-sqlite3'

export type Sqlite = typeof PackagedSqlite

/** 'GROK' in ASCII: marks the file as ours in its header. */
export const applicationId = 0x47524f4b

/** @param path absolute path of a better-sqlite3 module to load instead of the package's own */
export function loadSqlite(path: string | undefined): Sqlite {
  return path ? (createRequire(path)(path) as Sqlite) : PackagedSqlite
}

/** What is wrong with a file, in SQLite's words; null where nothing is. A file of no form at all throws. */
export function faultOf(db: Database, check: 'quick_check' | 'integrity_check'): string | null {
  const verdict = db.pragma(`${check}(1)`, { simple: true })
  if (verdict !== 'ok') return String(verdict)
  if (check === 'quick_check') return null
  const strays = (db.pragma('foreign_key_check') as unknown[]).length
  return strays > 0 ? `${strays} rows refer to rows that are not there` : null
}

/** Whether an error says that the file itself is damaged. */
export function isDamage(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'SQLITE_NOTADB' || (typeof code === 'string' && /^SQLITE_CORRUPT/.test(code))
}
