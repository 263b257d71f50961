package io.telltale.lake;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The encrypted tables {@code readings} and {@code minutes}: one writer, many readers. */
public final class Lake implements AutoCloseable {
  private final @Nullable LakeWriter writer = null;
  private final @Nullable LakeQuery query = null;
  private final @Nullable LakeTrace trace = null;

  private Lake(LakeParts parts) {
    java.util.Objects.requireNonNull(parts);
  }

  /** SQL that the pipeline's database must have applied, in order; only ever appended to. */
  public static List<String> migrations() {
    return List.of(
        """
        CREATE TABLE lake_tables (
          name TEXT PRIMARY KEY,
          pointer TEXT NOT NULL,
          version INTEGER NOT NULL,
          hash BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE lake_metadata_keys (
          id TEXT PRIMARY KEY,
          wrapped BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE lake_garbage (
          object TEXT PRIMARY KEY,
          since INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        """);
  }

  /** Opens the tables, making them when there are none. */
  public static Lake open(LakeParts parts) {
    return new Lake(parts);
  }

  /** The one writer; one thread at a time. */
  public LakeWriter writer() {
    return java.util.Objects.requireNonNull(writer);
  }

  public LakeQuery query() {
    return java.util.Objects.requireNonNull(query);
  }

  public LakeTrace trace() {
    return java.util.Objects.requireNonNull(trace);
  }

  /** Where each table stands, to be compared with the ledger's last {@code table.moved}. */
  public List<TablePointer> pointers() {
    return List.of();
  }

  @Override
  public void close() {}
}
