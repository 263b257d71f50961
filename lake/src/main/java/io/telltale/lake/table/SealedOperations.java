package io.telltale.lake.table;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.MetadataIo;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One table as one transaction sees it: its metadata is a sealed object, and its pointer is a row
 * that moves only with the transaction.
 */
final class SealedOperations implements TableOperations {
  private final String table;
  private final MetadataIo io;
  private final Connection connection;
  private final List<Move> moves = new ArrayList<>();
  private Optional<TablePointer> pointer = Optional.empty();
  private @Nullable TableMetadata metadata;

  /** A pointer that moved. */
  record Move(Optional<TablePointer> before, TablePointer after) {}

  SealedOperations(String table, MetadataIo io, Connection connection) {
    this.table = table;
    this.io = io;
    this.connection = connection;
  }

  /** What {@link #commit} did in this transaction, in order. */
  List<Move> moves() {
    return List.copyOf(moves);
  }

  @Override
  public @Nullable TableMetadata current() {
    return metadata == null ? refresh() : metadata;
  }

  @Override
  public @Nullable TableMetadata refresh() {
    try {
      Optional<TablePointer> now = Pointers.read(connection, table);
      if (metadata == null || !now.equals(pointer)) {
        pointer = now;
        metadata = now.map(this::load).orElse(null);
      }
      return metadata;
    } catch (SQLException e) {
      throw new UnavailableException("reading the pointer of " + table, e);
    }
  }

  private TableMetadata load(TablePointer at) {
    TableMetadata loaded = TableMetadataParser.read(io.newInputFile(at.pointer()));
    if (!table.equals(loaded.location())) {
      throw new CorruptException("the pointer of " + table + " leads to another table");
    }
    return withoutHistory(loaded, at.pointer());
  }

  // Iceberg refuses a change that is more than a minute older than the last: after a clock was
  // ahead, that would be all of them. Our order is the pointer's version and the snapshots'
  // sequence numbers, so what it compares times with is left out.
  private static TableMetadata withoutHistory(TableMetadata loaded, String location) {
    ObjectNode json = (ObjectNode) Json.parse(TableMetadataParser.toJson(loaded));
    json.putArray("snapshot-log");
    json.putArray("metadata-log");
    json.put("last-updated-ms", 0);
    return TableMetadataParser.fromJson(location, json.toString());
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // Iceberg tells states of a table apart by identity
  public void commit(@Nullable TableMetadata base, TableMetadata next) {
    if (base != null && base != current()) {
      throw new CommitFailedException("%s has moved on", table);
    }
    if (base == next) {
      return;
    }
    String location = io.newLocation("gz.metadata.json");
    TableMetadataParser.write(next, io.newOutputFile(location));
    try {
      TablePointer moved =
          Pointers.move(connection, table, pointer, location)
              .orElseThrow(() -> new CommitFailedException("%s has moved on", table));
      moves.add(new Move(pointer, moved));
      pointer = Optional.of(moved);
      metadata = load(moved);
    } catch (SQLException e) {
      throw new UnavailableException("moving the pointer of " + table, e);
    }
  }

  @Override
  public FileIO io() {
    return io;
  }

  /** Iceberg's own file names say what a file is for; ours only carry the kind it needs. */
  @Override
  public String metadataFileLocation(String fileName) {
    return io.newLocation(fileName.substring(fileName.lastIndexOf('.') + 1));
  }

  @Override
  public LocationProvider locationProvider() {
    return new NoLocations();
  }

  private static final class NoLocations implements LocationProvider {
    @Override
    public String newDataLocation(String fileName) {
      throw new IllegalStateException("data files are named by the vault");
    }

    @Override
    public String newDataLocation(PartitionSpec spec, StructLike partition, String fileName) {
      throw new IllegalStateException("data files are named by the vault");
    }
  }
}
