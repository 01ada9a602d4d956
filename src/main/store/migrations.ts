/**
 * The history's schema as an ordered list of steps. A published step is never edited: a change is a new one.
 * `user_version` counts the steps that a file has seen.
 *
 * Users may read the file with any SQLite tool; `run_summary` is the documented way in. Times are Unix
 * milliseconds in tables and ISO text in the view.
 */
import type { Database } from 'better-sqlite3'

export interface Migration {
  name: string
  sql: string
}

export const migrations: readonly Migration[] = [
  {
    name: 'runs, metrics, checkpoints, settings',
    sql: `
      CREATE TABLE runs (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        error TEXT,
        preset TEXT,
        config TEXT NOT NULL,          -- the resolved RunConfig, JSON
        config_hash TEXT NOT NULL,
        engine_wanted TEXT NOT NULL,
        engine TEXT,                   -- the engine that ran, JSON
        created_at INTEGER NOT NULL,
        queued_at INTEGER,
        started_at INTEGER,
        ended_at INTEGER,
        step INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL,
        steps_per_epoch INTEGER,
        parameter_count INTEGER,
        dataset_hash TEXT,
        last TEXT NOT NULL DEFAULT '{}', -- last value of each metric, JSON
        archived INTEGER NOT NULL DEFAULT 0,
        trashed INTEGER NOT NULL DEFAULT 0,
        resume INTEGER NOT NULL DEFAULT 0, -- whether the next start goes on from a checkpoint
        owner TEXT,                    -- the server process that queued or runs it, JSON
        revision INTEGER NOT NULL      -- rises with every change of any run
      ) STRICT;
      CREATE INDEX runs_by_state ON runs (state, queued_at);
      CREATE INDEX runs_by_revision ON runs (revision);

      -- How far each run's events.jsonl has been read: number of the last event, bytes up to its line's end.
      CREATE TABLE ingested (
        run TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        bytes INTEGER NOT NULL
      ) STRICT;

      -- value is NULL where it was NaN or infinite.
      CREATE TABLE metrics (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        step INTEGER NOT NULL,
        value REAL,
        PRIMARY KEY (run, name, step)
      ) WITHOUT ROWID, STRICT;

      CREATE TABLE checkpoints (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        name TEXT NOT NULL,            -- folder below the run's checkpoints/
        at INTEGER NOT NULL,
        PRIMARY KEY (run, step)
      ) WITHOUT ROWID, STRICT;

      CREATE TABLE settings (
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
      ) STRICT;

      CREATE VIEW run_summary AS
      SELECT
        id, name, state, preset,
        strftime('%Y-%m-%dT%H:%M:%SZ', created_at / 1000, 'unixepoch') AS created,
        strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000, 'unixepoch') AS started,
        strftime('%Y-%m-%dT%H:%M:%SZ', ended_at / 1000, 'unixepoch') AS ended,
        step, steps,
        CAST(step AS REAL) / steps_per_epoch AS epochs,
        parameter_count AS parameters,
        json_extract(engine, '$.name') AS engine,
        json_extract(config, '$.dataset.kind') AS dataset,
        dataset_hash,
        json_extract(config, '$.model.family') AS family,
        json_extract(config, '$.model.nLayer') AS n_layer,
        json_extract(config, '$.model.dModel') AS d_model,
        json_extract(config, '$.optimizer.lr') AS lr,
        json_extract(config, '$.optimizer.weightDecay') AS weight_decay,
        json_extract(config, '$.seed') AS seed,
        (SELECT max(step) FROM checkpoints WHERE run = runs.id) AS last_checkpoint,
        last AS last_values,
        archived, trashed
      FROM runs;
    `
  },
  {
    name: 'milestones of runs',
    sql: `
      -- RunMilestones of src/shared/milestones.ts, JSON; NULL before the first evaluation.
      ALTER TABLE runs ADD COLUMN milestones TEXT;

      -- One row per split that a run was evaluated on.
      CREATE VIEW run_milestones AS
      SELECT
        runs.id, runs.name,
        json_extract(milestones, '$.version') AS definition,
        json_extract(split.value, '$.split') AS split,
        json_extract(split.value, '$.role') AS role,
        json_extract(split.value, '$.threshold') AS threshold,
        json_extract(split.value, '$.crossing.state') AS state,
        json_extract(split.value, '$.crossing.step') AS step,
        json_extract(split.value, '$.crossing.after') AS after_step,
        json_extract(milestones, '$.memorisation.step') AS memorised,
        json_extract(split.value, '$.delay.steps') AS delay,
        json_extract(split.value, '$.delay.low') AS delay_low,
        json_extract(split.value, '$.delay.high') AS delay_high,
        json_extract(split.value, '$.plateau.mean') AS plateau
      FROM runs, json_each(runs.milestones, '$.splits') AS split;
    `
  },
  {
    name: 'cost of a step',
    sql: `
      -- StepCost of src/shared/model-cost.ts, JSON; NULL before the start and for runs of before it was counted.
      ALTER TABLE runs ADD COLUMN cost TEXT;
    `
  },
  {
    name: 'studies and the order of the queue',
    sql: `
      -- {id, cell} of the study that a run was made for, JSON; NULL for runs of their own.
      ALTER TABLE runs ADD COLUMN study TEXT;
      ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE runs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX runs_by_study ON runs (json_extract(study, '$.id'));
    `
  },
  {
    name: 'tags, notes, colours, saved views',
    sql: `
      ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'; -- JSON
      ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
      -- Equal for runs that differ in their seed alone; '' where it has not been computed yet.
      ALTER TABLE runs ADD COLUMN seedless TEXT NOT NULL DEFAULT '';
      ALTER TABLE runs ADD COLUMN color INTEGER NOT NULL DEFAULT 0; -- one for each value of seedless
      CREATE INDEX runs_by_seedless ON runs (seedless, color);
      CREATE INDEX runs_by_color ON runs (color);

      CREATE TABLE views (
        name TEXT PRIMARY KEY NOT NULL,
        view TEXT NOT NULL,            -- what differs from the usual View of src/shared/view.ts, JSON
        saved_at INTEGER NOT NULL
      ) STRICT;
    `
  },
  {
    name: 'pace and parents',
    sql: `
      -- RunPace of src/shared/events.ts, JSON; NULL before the first checkpoint and for runs of before it was told.
      ALTER TABLE runs ADD COLUMN pace TEXT;
      -- ForkOrigin of src/shared/fork.ts, JSON; NULL for runs that began at fresh weights.
      ALTER TABLE runs ADD COLUMN parent TEXT;
    `
  },
  {
    name: 'time at work',
    sql: `
      -- Milliseconds at work (work-time.ts) when a recorded step or checkpoint was written.
      CREATE TABLE step_times (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        ms INTEGER NOT NULL,
        PRIMARY KEY (run, step)
      ) WITHOUT ROWID, STRICT;

      -- The clock as it stands at the last event read. timed: 0 for runs of before, whose lines are read again.
      ALTER TABLE ingested ADD COLUMN worked_ms INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE ingested ADD COLUMN work_since INTEGER;
      ALTER TABLE ingested ADD COLUMN timed INTEGER NOT NULL DEFAULT 0;
    `
  },
  {
    name: 'origin of imported runs',
    sql: `
      -- {kind, source, at, notes} of a run that was not trained here, JSON; NULL for all others.
      ALTER TABLE runs ADD COLUMN origin TEXT;
    `
  },
  {
    name: 'shades of colours',
    sql: `
      -- Which of the runs with its seedless it is, 0 for the first that was made: one look for each run, for ever.
      ALTER TABLE runs ADD COLUMN shade INTEGER NOT NULL DEFAULT 0;
      UPDATE runs SET shade = ranked.place FROM (
        SELECT id, row_number() OVER (PARTITION BY seedless ORDER BY created_at, id) - 1 AS place FROM runs
      ) AS ranked WHERE ranked.id = runs.id AND seedless <> '';
    `
  },
  {
    name: 'runs on clusters',
    sql: `
      -- Name of the cluster's profile; NULL for runs that this computer trains.
      ALTER TABLE runs ADD COLUMN cluster TEXT;
    `
  }
]

/** How many migrations a file has seen. */
export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number
}

/**
 * Brings a file up to date, one transaction per step. A second process that migrates the same file at the
 * same time waits for the lock and then finds nothing left to do.
 */
export function migrate(db: Database, steps: readonly Migration[] = migrations): void {
  for (const [index, step] of steps.entries()) {
    const apply = db.transaction(() => {
      if (schemaVersion(db) > index) return
      db.exec(step.sql)
      db.pragma(`user_version = ${index + 1}`)
    })
    apply.exclusive()
  }
}
