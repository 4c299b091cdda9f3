// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables and indexes of the store.
enum Schema {
  /// Marks a SQLite file as a collector's store: "Spoo" in ASCII.
  static let applicationID: Int32 = 0x5370_6f6f

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in try db.execute(sql: version1) }
    migrator.registerMigration("2") { db in try db.execute(sql: version2) }
    // Chunks may hold spans of OTLP and their origins (StoredSpans), which earlier programs would pass over in silence.
    // No table changes: what was stored before is read as it is.
    migrator.registerMigration("3") { _ in }
    migrator.registerMigration("4") { db in try db.execute(sql: version4) }
    migrator.registerMigration("5") { db in try db.execute(sql: version5) }
    migrator.registerMigration("6") { db in try db.execute(sql: version6) }
    return migrator
  }

  private static let version1 = """
    -- A trace for searches. `low` is the lower half of its id, times are in microseconds since 1970. `calls` are
    -- its spans as (operation, failed, duration), `s0` to `s7` the words that may occur in it (Signature).
    CREATE TABLE traces (
      id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, owner INTEGER NOT NULL,
      start INTEGER, rooted INTEGER NOT NULL, first INTEGER, last INTEGER, longest INTEGER NOT NULL,
      spans INTEGER NOT NULL, errors INTEGER NOT NULL, logs INTEGER NOT NULL, bytes INTEGER NOT NULL,
      root INTEGER, calls BLOB NOT NULL,
      s0 INTEGER NOT NULL, s1 INTEGER NOT NULL, s2 INTEGER NOT NULL, s3 INTEGER NOT NULL,
      s4 INTEGER NOT NULL, s5 INTEGER NOT NULL, s6 INTEGER NOT NULL, s7 INTEGER NOT NULL);
    CREATE UNIQUE INDEX traces_by_low ON traces (low);
    -- A search walks the window's traces from the newest; most searches are answered from the index alone.
    -- It includes the words, so that a search for a tag skips traces that cannot have it without reading them.
    CREATE INDEX traces_by_start ON traces (
      start, longest, errors, spans, first, last, s0, s1, s2, s3, s4, s5, s6, s7);
    -- Eviction takes a service's oldest.
    CREATE INDEX traces_by_owner ON traces (owner);

    -- Spans of one trace from one request: Zipkin's proto3, since version 3 with spans of OTLP (StoredSpans).
    CREATE TABLE chunks (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX chunks_by_trace ON chunks (trace);

    CREATE TABLE logs (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX logs_by_trace ON logs (trace, time);

    CREATE TABLE operations (id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL);
    CREATE UNIQUE INDEX operations_by_name ON operations (service, name);
    -- The traces in which an operation occurs, so that a search for a rare one reads only those.
    CREATE TABLE occurrences (
      operation INTEGER NOT NULL, trace INTEGER NOT NULL, PRIMARY KEY (operation, trace)) WITHOUT ROWID;

    CREATE TABLE remotes (service TEXT NOT NULL, remote TEXT NOT NULL, PRIMARY KEY (service, remote)) WITHOUT ROWID;

    -- The services whose traces share the store, and the size of each.
    CREATE TABLE owners (id INTEGER PRIMARY KEY, service TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL);
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    """

  private static let version2 = """
    -- Two traces may share the lower half of their ids.
    DROP INDEX traces_by_low;
    CREATE UNIQUE INDEX traces_by_id ON traces (low, high);

    -- The spans of each trace, so that one that is sent again is neither stored nor counted again. `content` is a hash of
    -- what was sent (SpanKey).
    CREATE TABLE members (
      trace INTEGER NOT NULL, span INTEGER NOT NULL, content INTEGER NOT NULL,
      PRIMARY KEY (trace, span, content)) WITHOUT ROWID;

    -- CRC-32 of the body, because SQLite only notices damage to its own structure. NULL in rows of version 1.
    ALTER TABLE chunks ADD COLUMN sum INTEGER;
    ALTER TABLE logs ADD COLUMN sum INTEGER;

    -- With a row id, so that the oldest pairs can be deleted.
    ALTER TABLE remotes RENAME TO remotes1;
    CREATE TABLE remotes (id INTEGER PRIMARY KEY, service TEXT NOT NULL, remote TEXT NOT NULL);
    CREATE UNIQUE INDEX remotes_by_name ON remotes (service, remote);
    INSERT INTO remotes (service, remote) SELECT service, remote FROM remotes1;
    DROP TABLE remotes1;

    -- Owners without traces are deleted; eviction searches for the largest.
    DELETE FROM owners WHERE NOT EXISTS (SELECT 1 FROM traces WHERE traces.owner = owners.id);
    CREATE INDEX owners_by_bytes ON owners (bytes);
    """

  private static let version4 = """
    -- The log records of a time range, and those without a trace (LooseLogs).
    CREATE INDEX logs_by_time ON logs (time);
    INSERT OR IGNORE INTO owners (id, service, bytes) VALUES (-1, char(0) || 'logs without a trace', 0);
    """

  private static let version5 = """
    -- The origins of spans that came by OTLP, each once for all traces that have it (StoredOrigins). `sum` is the CRC-32
    -- of the body; `trace` is the last trace, by its row id, in which it may occur. A number is never used again.
    CREATE TABLE origins (
      id INTEGER PRIMARY KEY AUTOINCREMENT, sum INTEGER NOT NULL, body BLOB NOT NULL, trace INTEGER NOT NULL);
    CREATE INDEX origins_by_sum ON origins (sum);
    """

  private static let version6 = """
    -- What the texts of 64 traces consist of (TraceTexts), so that a search for a word skips traces that cannot have it.
    -- The traces that are there already are in no group.
    CREATE TABLE texts (id INTEGER PRIMARY KEY, trigrams BLOB NOT NULL);
    INSERT INTO counters (name, value) VALUES ('\(TraceTexts.first)', (SELECT coalesce(max(id) / 64 + 1, 0) FROM traces));
    """
}
