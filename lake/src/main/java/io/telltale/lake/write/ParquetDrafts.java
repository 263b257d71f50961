package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.table.Tables;

/** Has DuckDB write one file into memory. Not thread-safe. */
public final class ParquetDrafts {
  private static final String READINGS_IDS = Tables.fieldIds(Tables.READINGS_SCHEMA);
  private static final String MINUTES_IDS = Tables.fieldIds(Tables.MINUTES_SCHEMA);
  private static final String RESTRICTED_IDS = Tables.fieldIds(Tables.RESTRICTED_SCHEMA);

  private final DuckSession session;

  ParquetDrafts(DuckSession session) {
    this.session = session;
  }

  /** A file of {@code table} with the rows that {@code select}, our own SQL, gives. */
  public FileVault.Draft draft(FileGroup group, String select, String table) {
    return group.draft(
        memory ->
            session.run(
                ("COPY (%s) TO '%s' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd,"
                        + " USE_TMP_FILE false, %s FIELD_IDS %s)")
                    .formatted(select, memory.path(), dictionaries(table), fieldIds(table))));
  }

  public long rows(FileVault.Draft draft) {
    return Long.parseLong(
        session.text("SELECT count(*) FROM read_parquet('" + draft.content().path() + "')"));
  }

  // Every run of records is different: looking for repetition only costs.
  private static String dictionaries(String table) {
    return table.equals(Tables.RESTRICTED) ? "DICTIONARY_SIZE_LIMIT 1," : "";
  }

  private static String fieldIds(String table) {
    return switch (table) {
      case Tables.READINGS -> READINGS_IDS;
      case Tables.MINUTES -> MINUTES_IDS;
      case Tables.RESTRICTED -> RESTRICTED_IDS;
      default -> throw new IllegalStateException("no table " + table);
    };
  }
}
