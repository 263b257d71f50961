package io.telltale.lake.table;

import io.telltale.kernel.TenantId;
import io.telltale.lake.LakeParts;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.SealedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Both tables at one moment, as one tenant may see them. Until it is closed nothing that it names
 * is deleted.
 */
public final class Snapshot implements AutoCloseable {
  private final TableStore tables;
  private final Map<String, TablePointer> pointers;
  private final TenantId tenant;
  private final Readers.Lease lease;

  private Snapshot(
      TableStore tables, Map<String, TablePointer> pointers, TenantId tenant, Readers.Lease lease) {
    this.lease = lease;
    this.tables = tables;
    this.pointers = pointers;
    this.tenant = tenant;
  }

  public static Snapshot take(
      LakeParts parts, TableStore tables, Readers readers, TenantId tenant) {
    Readers.Lease lease = readers.enter();
    try {
      Map<String, TablePointer> pointers =
          parts
              .database()
              .read(
                  connection -> {
                    var read = new TreeMap<String, TablePointer>();
                    for (String table : List.of(Tables.READINGS, Tables.MINUTES)) {
                      Optional<TablePointer> at = Pointers.read(connection, table);
                      at.ifPresent(pointer -> read.put(table, pointer));
                    }
                    lease.saw(Unnamed.last(connection));
                    return read;
                  });
      return new Snapshot(tables, pointers, tenant, lease);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  public Collection<TablePointer> pointers() {
    return pointers.values();
  }

  /** Files that may hold rows for which {@code filter} is true. */
  public List<SealedFile.Pair> files(String table, Expression filter) {
    TablePointer pointer = pointers.get(table);
    if (pointer == null) {
      return List.of();
    }
    var found = new ArrayList<SealedFile.Pair>();
    Expression own = Expressions.and(Expressions.equal("tenant", tenant.name()), filter);
    try (CloseableIterable<FileScanTask> tasks =
        tables.at(pointer).newScan().filter(own).planFiles()) {
      for (FileScanTask task : tasks) {
        found.add(SealedFile.Pair.decode(task.file().keyMetadata()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
    return found;
  }

  @Override
  public void close() {
    lease.close();
  }
}
