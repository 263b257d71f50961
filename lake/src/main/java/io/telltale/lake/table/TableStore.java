package io.telltale.lake.table;

import io.telltale.lake.LakeParts;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.MetadataKeys;
import java.util.Optional;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.metrics.MetricsReporter;

/** The Iceberg tables over sealed metadata. */
public final class TableStore {
  /** Iceberg would log every plan and commit. */
  static final MetricsReporter SILENT = _ -> {};

  private final LakeParts parts;
  private final MetadataIo io;

  public TableStore(LakeParts parts) {
    this.parts = parts;
    this.io = new MetadataIo(parts, new MetadataKeys(parts));
  }

  public MetadataIo io() {
    return io;
  }

  /** The table as {@code transaction} sees it, made if there is none. */
  SealedOperations inTransaction(String table, java.sql.Connection transaction) {
    var operations = new SealedOperations(table, io, transaction);
    if (operations.current() == null) {
      operations.commit(
          null,
          TableMetadata.newTableMetadata(
              schema(table), partitions(table), table, Tables.PROPERTIES));
    }
    return operations;
  }

  public Optional<TablePointer> pointer(String table) {
    return parts.database().read(connection -> Pointers.read(connection, table));
  }

  /** The table as it stood at {@code pointer}, whatever is committed meanwhile. */
  public Table at(TablePointer pointer) {
    return new BaseTable(new StaticTableOperations(pointer.pointer(), io), pointer.table(), SILENT);
  }

  public static Schema schema(String table) {
    return switch (table) {
      case Tables.READINGS -> Tables.READINGS_SCHEMA;
      case Tables.MINUTES -> Tables.MINUTES_SCHEMA;
      case Tables.RESTRICTED -> Tables.RESTRICTED_SCHEMA;
      default -> throw new IllegalStateException("no table " + table);
    };
  }

  public static PartitionSpec partitions(String table) {
    return table.equals(Tables.READINGS) ? Tables.READINGS_PARTITIONS : Tables.MINUTES_PARTITIONS;
  }
}
