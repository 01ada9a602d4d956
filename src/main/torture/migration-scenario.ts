/** A history of an older form, killed while it is backed up and brought up to date. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { listBackups } from '../store/backups'
import { openDatabase } from '../store/database'
import { migrations } from '../store/migrations'
import { faultOf, loadSqlite } from '../store/sqlite'
import { command, openRound, type Bench, type Scenario } from './scenario'

/** Enough rows that a copy takes some time. */
const runs = 40
const pointsOfEach = 2000

/** A history as version `version` of the schema wrote it. */
async function writeOld(file: string, version: number): Promise<void> {
  const db = await openDatabase(file, {
    ...{ now: () => 0, steps: migrations.slice(0, version), durable: false }
  })
  const run = db.prepare(
    `INSERT INTO runs (id, name, state, config, config_hash, engine_wanted, created_at, steps, revision)
     VALUES (?, ?, 'finished', '{"seed": 1}', 'hash', 'auto', 1, 100, ?)`
  )
  const metric = db.prepare("INSERT INTO metrics VALUES (?, 'loss', ?, ?)")
  db.transaction(() => {
    for (let i = 0; i < runs; i++) {
      run.run(`run-${i}`, `run ${i}`, i + 1)
      for (let step = 0; step < pointsOfEach; step++) metric.run(`run-${i}`, step, step / 7)
    }
  })()
  db.close()
}

const count = (
  db: { prepare(sql: string): { pluck(): { get(): unknown } } },
  table: string
): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number

export const migrationScenario: Scenario = {
  name: 'migration',
  what: 'the backup and the migration of a history of each older schema',
  async open(bench: Bench) {
    const versions = migrations.map((_, i) => i + 1).slice(0, -1)
    for (const version of versions) {
      await writeOld(join(bench.scratch, `old-${version}.sqlite`), version)
    }
    const opening = async (library: string, killAfterMs: number | null) =>
      command(bench, ['history', 'check', '--runs', library], killAfterMs)
    const newLibrary = (name: string, version: number): string => {
      const library = join(bench.scratch, name)
      mkdirSync(library)
      copyFileSync(join(bench.scratch, `old-${version}.sqlite`), join(library, 'history.sqlite'))
      return library
    }
    const { ms } = await opening(newLibrary('calm', 1), null)

    return async (number) => {
      const round = openRound()
      const version = versions[number % versions.length]!
      const library = newLibrary(`round-${number}`, version)
      const file = join(library, 'history.sqlite')
      if ((await opening(library, bench.rng.uniform() * ms)).killed) round.kills++
      const Sqlite = loadSqlite(undefined)
      // Every file that is called a backup is whole and of the old form.
      for (const backup of listBackups(file)) {
        const copy = new Sqlite(backup.path, { readonly: true })
        const fault = faultOf(copy, 'integrity_check')
        round.check(
          fault === null && count(copy, 'runs') === runs,
          `backup ${backup.path}: ${fault}`
        )
        copy.close()
      }
      const again = await opening(library, null)
      round.check(again.code === 0, `from version ${version}: ${again.stderr || again.stdout}`)
      const db = new Sqlite(file, { readonly: true })
      round.check(db.pragma('user_version', { simple: true }) === migrations.length, 'not migrated')
      round.check(count(db, 'runs') === runs, `${count(db, 'runs')} runs of ${runs}`)
      round.check(count(db, 'metrics') === runs * pointsOfEach, 'metrics are missing')
      db.close()
      return round
    }
  }
}
