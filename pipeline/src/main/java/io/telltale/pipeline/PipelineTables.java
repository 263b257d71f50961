package io.telltale.pipeline;

import io.telltale.lake.Lake;
import io.telltale.pipeline.letters.LetterTables;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.windows.WindowTables;
import java.util.List;

/** The tables of {@code lake/pipeline.db}: the lake's and the pipeline's, in one order for good. */
final class PipelineTables {
  static final String OUTBOX = "pipeline_outbox";

  private static final String FIRST =
      """
      CREATE TABLE pipeline_settings (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE pipeline_generation (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        generation INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE pipeline_partitions (
        partition INTEGER PRIMARY KEY,
        next INTEGER NOT NULL,
        received INTEGER NOT NULL,
        opener BLOB NOT NULL
      ) STRICT;
      CREATE TABLE pipeline_windows (
        device INTEGER PRIMARY KEY,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE TABLE pipeline_minutes (
        id BLOB PRIMARY KEY,
        minute INTEGER NOT NULL,
        final INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) WITHOUT ROWID, STRICT;
      CREATE INDEX pipeline_minutes_open ON pipeline_minutes (minute) WHERE final = 0;
      CREATE TABLE pipeline_batches (
        partition INTEGER NOT NULL,
        last INTEGER NOT NULL,
        first INTEGER NOT NULL,
        records INTEGER NOT NULL,
        root BLOB NOT NULL,
        leaves TEXT NOT NULL,
        PRIMARY KEY (partition, last)
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE pipeline_dead_letters (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        partition INTEGER NOT NULL,
        record_offset INTEGER NOT NULL,
        reason TEXT NOT NULL,
        time INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE TABLE pipeline_outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        event BLOB NOT NULL
      ) STRICT;
      """;

  private PipelineTables() {}

  // Windows belong to an enrolment. Those of version 1 of the page belong to the first.
  private static final String WINDOWS_OF_ENROLMENTS =
      """
      CREATE TABLE pipeline_replay (
        device INTEGER NOT NULL,
        enrolment INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (device, enrolment)
      ) WITHOUT ROWID, STRICT;
      INSERT INTO pipeline_replay (device, enrolment, sealed)
        SELECT device, 1, sealed FROM pipeline_windows;
      DROP TABLE pipeline_windows;
      """;

  // What a batch is the ledger keeps for good: a copy here only grew.
  private static final String WITHOUT_BATCHES = "DROP TABLE pipeline_batches";

  // A row a lease, so that a commit writes those that changed; and what doors have stated.
  private static final String LEASES_AND_DOORS =
      """
      CREATE TABLE pipeline_leases (
        partition INTEGER NOT NULL,
        slot BLOB NOT NULL,
        lease BLOB NOT NULL,
        sealed BLOB NOT NULL,
        waiting INTEGER NOT NULL,
        PRIMARY KEY (partition, slot)
      ) WITHOUT ROWID, STRICT;
      CREATE INDEX pipeline_leases_by_id ON pipeline_leases (partition, lease);
      CREATE TABLE pipeline_doors (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        sealed BLOB NOT NULL
      ) STRICT;
      """;

  // How long the pipeline has run, by the machine's counter, and when of that an aggregate was
  // stored last: a wall clock that is wrong for an hour must not let go of what took a month.
  private static final String AGE =
      """
      CREATE TABLE pipeline_age (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        minutes INTEGER NOT NULL
      ) STRICT;
      ALTER TABLE pipeline_minutes ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
      """;

  // What the lake could not store: final = 2.
  private static final String APART =
      "CREATE INDEX pipeline_minutes_apart ON pipeline_minutes (minute) WHERE final = 2";

  // By which those that are let go of are found.
  private static final String FINAL =
      "CREATE INDEX pipeline_minutes_final ON pipeline_minutes (minute) WHERE final = 1";

  /**
   * The lake's first, then ours. The number of migrations applied is the schema's version: never
   * change the order, only append, be it the lake's or the pipeline's.
   */
  static List<String> migrations() {
    return List.of(
        Lake.migrations().getFirst(),
        FIRST,
        WITHOUT_BATCHES,
        Lake.migrations().get(1),
        LeafArrays.TABLE,
        WINDOWS_OF_ENROLMENTS,
        SetAside.TABLE,
        WindowTables.NEWS,
        LEASES_AND_DOORS,
        AGE,
        LetterTables.TABLE,
        APART,
        FINAL,
        LetterTables.HELD);
  }
}
