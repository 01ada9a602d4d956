/** Every SQL statement of the app, prepared once per connection. */
import type { Database } from 'better-sqlite3'
import { columns } from './rows'

const keys = Object.keys(columns) as (keyof typeof columns)[]
const nextRevision = '(SELECT coalesce(max(revision), 0) + 1 FROM runs)'

/** Points are fetched this many at a time. */
export const pointsPerQuery = 20_000

export type Statements = ReturnType<typeof prepareStatements>

export function prepareStatements(db: Database) {
  const selected =
    keys.map((key) => `${columns[key]} AS ${key}`).join(', ') +
    ', (SELECT max(step) FROM checkpoints WHERE run = runs.id) AS lastCheckpoint' +
    ', (SELECT count(*) FROM checkpoints WHERE run = runs.id) AS checkpoints'
  return {
    insert: db.prepare(
      `INSERT OR IGNORE INTO runs (${keys.map((key) => columns[key]).join(', ')}, revision)
       VALUES (${keys.map((key) => `@${key}`).join(', ')}, ${nextRevision})`
    ),
    insertPosition: db.prepare(
      'INSERT OR IGNORE INTO ingested (run, seq, bytes, timed) VALUES (?, 0, 0, 1)'
    ),
    update: db.prepare(
      `UPDATE runs SET ${keys.map((key) => `${columns[key]} = @${key}`).join(', ')},
       revision = ${nextRevision} WHERE id = @id`
    ),
    run: db.prepare(`SELECT ${selected} FROM runs WHERE id = ?`),
    runs: db.prepare(`SELECT ${selected} FROM runs ORDER BY created_at DESC, id DESC`),
    ofStudy: db.prepare(
      `SELECT ${selected} FROM runs WHERE json_extract(study, '$.id') = ? AND trashed = 0`
    ),
    inState: db.prepare(
      `SELECT ${selected} FROM runs WHERE state IN (SELECT value FROM json_each(?)) AND trashed = 0
       ORDER BY priority DESC, queued_at, id`
    ),
    countInState: db
      .prepare(
        `SELECT count(*) FROM runs WHERE state IN (SELECT value FROM json_each(?)) AND trashed = 0
         AND cluster IS NULL`
      )
      .pluck(),
    latestEngine: db
      .prepare(
        `SELECT engine FROM runs WHERE engine IS NOT NULL AND cluster IS NULL
         ORDER BY created_at DESC LIMIT 1`
      )
      .pluck(),
    revision: db.prepare('SELECT coalesce(max(revision), 0) FROM runs').pluck(),
    changedSince: db.prepare('SELECT id FROM runs WHERE revision > ? ORDER BY revision').pluck(),
    position: db.prepare('SELECT seq, bytes FROM ingested WHERE run = ?'),
    setPosition: db.prepare('UPDATE ingested SET seq = ?, bytes = ? WHERE run = ?'),
    clock: db.prepare(
      'SELECT worked_ms AS workedMs, work_since AS since, timed FROM ingested WHERE run = ?'
    ),
    setClock: db.prepare(
      'UPDATE ingested SET worked_ms = ?, work_since = ?, timed = 1 WHERE run = ?'
    ),
    untimed: db
      .prepare('SELECT run FROM ingested WHERE timed = 0 AND seq > 0 ORDER BY run DESC')
      .pluck(),
    // A step that is written twice, as one with an evaluation is, was reached at the first.
    insertTime: db.prepare('INSERT OR IGNORE INTO step_times (run, step, ms) VALUES (?, ?, ?)'),
    dropTimes: db.prepare('DELETE FROM step_times WHERE run = ? AND step > ?'),
    timeAt: db
      .prepare('SELECT ms FROM step_times WHERE run = ? AND step <= ? ORDER BY step DESC LIMIT 1')
      .pluck(),
    times: db
      .prepare(
        `SELECT step, ms FROM step_times WHERE run = ? AND step >= ? ORDER BY step LIMIT ${pointsPerQuery}`
      )
      .raw(),
    touch: db.prepare(`UPDATE runs SET revision = ${nextRevision} WHERE id = ?`),
    runRevision: db.prepare('SELECT revision FROM runs WHERE id = ?').pluck(),
    insertMetric: db.prepare(
      'INSERT OR REPLACE INTO metrics (run, name, step, value) VALUES (?, ?, ?, ?)'
    ),
    insertCheckpoint: db.prepare(
      'INSERT OR REPLACE INTO checkpoints (run, step, name, at) VALUES (?, ?, ?, ?)'
    ),
    dropMetrics: db.prepare('DELETE FROM metrics WHERE run = ? AND step > ?'),
    dropCheckpoints: db.prepare('DELETE FROM checkpoints WHERE run = ? AND step > ?'),
    checkpoints: db.prepare('SELECT step, name FROM checkpoints WHERE run = ? ORDER BY step'),
    dropCheckpoint: db.prepare('DELETE FROM checkpoints WHERE run = ? AND step = ?'),
    // Beside max(), the bare column takes its value from the row that holds the maximum (SQLite's own rule).
    lastValues: db
      .prepare('SELECT name, value, max(step) FROM metrics WHERE run = ? GROUP BY name')
      .raw(),
    points: db
      .prepare(
        `SELECT step, value FROM metrics WHERE run = ? AND name = ? AND step >= ?
         ORDER BY step LIMIT ${pointsPerQuery}`
      )
      .raw(),
    color: db
      .prepare(
        `SELECT coalesce((SELECT min(color) FROM runs WHERE seedless = @seedless),
                         (SELECT max(color) + 1 FROM runs WHERE seedless <> ''), 0)`
      )
      .pluck(),
    shade: db.prepare('SELECT coalesce(max(shade) + 1, 0) FROM runs WHERE seedless = ?').pluck(),
    nameless: db.prepare(
      `SELECT ${selected} FROM runs WHERE seedless = '' ORDER BY created_at, id`
    ),
    setSeedless: db.prepare('UPDATE runs SET seedless = ?, color = ?, shade = ? WHERE id = ?'),
    valuesAt: db
      .prepare(
        `SELECT (SELECT value FROM metrics
                 WHERE run = asked.value ->> 0 AND name = asked.value ->> 1
                   AND step <= asked.value ->> 2
                   AND (SELECT max(step) FROM metrics
                        WHERE run = asked.value ->> 0 AND name = asked.value ->> 1) >= asked.value ->> 2
                 ORDER BY step DESC LIMIT 1)
         FROM json_each(?) AS asked ORDER BY asked.key`
      )
      .pluck(),
    extremes: db.prepare(
      `SELECT (SELECT min(value) FROM metrics
               WHERE run = asked.value ->> 0 AND name = asked.value ->> 1) AS low,
              (SELECT max(value) FROM metrics
               WHERE run = asked.value ->> 0 AND name = asked.value ->> 1) AS high
       FROM json_each(?) AS asked ORDER BY asked.key`
    ),
    views: db.prepare('SELECT name, view, saved_at AS savedAt FROM views ORDER BY name'),
    removeView: db.prepare('DELETE FROM views WHERE name = ?'),
    setting: db.prepare('SELECT value FROM settings WHERE key = ?').pluck(),
    setSetting: db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)')
  }
}
