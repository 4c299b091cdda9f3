import GRDB

/// The tables of the store, and what each index is for.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in try db.execute(sql: version1) }
    return migrator
  }

  private static let version1 = """
    -- A trace as searches see it. `low` is the lower half of its id, times are in microseconds since 1970. `calls` are
    -- its spans as (operation, failed, duration), `s0` to `s7` the words that may occur in it (Signature).
    CREATE TABLE traces (
      id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, owner INTEGER NOT NULL,
      start INTEGER, rooted INTEGER NOT NULL, first INTEGER, last INTEGER, longest INTEGER NOT NULL,
      spans INTEGER NOT NULL, errors INTEGER NOT NULL, logs INTEGER NOT NULL, bytes INTEGER NOT NULL,
      root INTEGER, calls BLOB NOT NULL,
      s0 INTEGER NOT NULL, s1 INTEGER NOT NULL, s2 INTEGER NOT NULL, s3 INTEGER NOT NULL,
      s4 INTEGER NOT NULL, s5 INTEGER NOT NULL, s6 INTEGER NOT NULL, s7 INTEGER NOT NULL);
    CREATE UNIQUE INDEX traces_by_low ON traces (low);
    -- A search walks the window's traces from the newest; what most searches ask is answered from the index alone.
    -- The words are in it so that a search for a tag passes over the traces that cannot have it without reading them.
    CREATE INDEX traces_by_start ON traces (
      start, longest, errors, spans, first, last, s0, s1, s2, s3, s4, s5, s6, s7);
    -- Eviction takes a service's oldest.
    CREATE INDEX traces_by_owner ON traces (owner);

    -- The spans of one trace from one request, as Zipkin's proto3.
    CREATE TABLE chunks (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX chunks_by_trace ON chunks (trace);

    CREATE TABLE logs (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX logs_by_trace ON logs (trace, time);

    CREATE TABLE operations (id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL);
    CREATE UNIQUE INDEX operations_by_name ON operations (service, name);
    -- In which traces an operation occurs: a search for a rare one reads only those.
    CREATE TABLE occurrences (
      operation INTEGER NOT NULL, trace INTEGER NOT NULL, PRIMARY KEY (operation, trace)) WITHOUT ROWID;

    CREATE TABLE remotes (service TEXT NOT NULL, remote TEXT NOT NULL, PRIMARY KEY (service, remote)) WITHOUT ROWID;

    -- The services whose traces share the room, and how much each takes.
    CREATE TABLE owners (id INTEGER PRIMARY KEY, service TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL);
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    """
}
