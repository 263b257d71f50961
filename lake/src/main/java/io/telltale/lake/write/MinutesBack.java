package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import io.telltale.engine.MemoryFile;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.MinuteSpan;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.roaringbitmap.RoaringBitmap;

/** Aggregates read back from the tables, for whoever adds to them after a long time. */
public final class MinutesBack {
  // Whole days where they are small: most questions are about the next minute.
  private static final List<ChronoUnit> SPANS =
      List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES);

  // In the heap, where they are held for a while.
  private static final long BYTES_MAX = 16L << 20;
  private static final long ROW_BYTES = 256;

  private final TableStore tables;
  private final FileVault vault;
  private final WritingEngine engine;
  private final SpiffeId self;

  public MinutesBack(TableStore tables, FileVault vault, WritingEngine engine, SpiffeId self) {
    this.tables = tables;
    this.vault = vault;
    this.engine = engine;
    this.self = self;
  }

  /** The day of {@code minute}, its hour, or it alone: as much as may be held at once. */
  public MinuteSpan around(Scope scope, Instant minute) {
    return around(scope, minute, Math.min(BYTES_MAX, engine.stagedBytesMax()));
  }

  public MinuteSpan around(Scope scope, Instant minute, long bytesMax) {
    for (ChronoUnit unit : SPANS) {
      Instant from = minute.truncatedTo(unit);
      Instant to = from.plus(1, unit);
      boolean least = unit == ChronoUnit.MINUTES;
      Optional<List<MinuteRow>> rows = rows(scope, from, to, least ? Long.MAX_VALUE : bytesMax);
      if (rows.isPresent()) {
        return new MinuteSpan(from, to, rows.get());
      }
    }
    throw new IllegalStateException("a minute is as little as there is");
  }

  private List<DataFile> files(Scope scope, Instant from, Instant to) {
    return tables.pointer(Tables.MINUTES).map(at -> files(at, scope, from, to)).orElse(List.of());
  }

  private List<DataFile> files(TablePointer at, Scope scope, Instant from, Instant to) {
    Expression wanted =
        Expressions.and(
            Expressions.equal("tenant", scope.tenant().name()),
            Expressions.equal("scope", scope.path()),
            Expressions.greaterThanOrEqual("minute", ReadingColumn.micros(from)),
            Expressions.lessThan("minute", ReadingColumn.micros(to)));
    var found = new ArrayList<DataFile>();
    try (CloseableIterable<FileScanTask> tasks =
        tables.at(at).newScan().filter(wanted).planFiles()) {
      tasks.forEach(task -> found.add(task.file()));
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
    return found;
  }

  /** Empty where it is more than {@code bytesMax}, or more in files than the engine takes. */
  private Optional<List<MinuteRow>> rows(Scope scope, Instant from, Instant to, long bytesMax) {
    List<DataFile> files = files(scope, from, to);
    boolean bounded = bytesMax < Long.MAX_VALUE;
    if (bounded && files.stream().mapToLong(FileTiers::bytes).sum() > engine.stagedBytesMax()) {
      return Optional.empty();
    }
    var opened = new ArrayList<MemoryFile>();
    try {
      for (DataFile file : files) {
        opened.add(open(SealedFile.Pair.decode(file.keyMetadata()).main()));
      }
      if (opened.isEmpty()) {
        return Optional.of(List.of());
      }
      return bounded && bytes(opened, from, to) > bytesMax
          ? Optional.empty()
          : Optional.of(rows(scope, opened, from, to));
    } finally {
      opened.forEach(MemoryFile::close);
    }
  }

  // Files say little: what many minutes have in common is in them once.
  private long bytes(List<MemoryFile> files, Instant from, Instant to) {
    String sum =
        "SELECT CAST(coalesce(sum(%d + octet_length(contributors)), 0) AS VARCHAR) FROM "
                .formatted(ROW_BYTES)
            + StoredMinutes.in(paths(files), during(from, to));
    try {
      return Long.parseLong(engine.parts().session().text(sum));
    } catch (UnavailableException e) {
      engine.failed(e);
      throw e;
    }
  }

  private List<MinuteRow> rows(Scope scope, List<MemoryFile> files, Instant from, Instant to) {
    var newest = new ArrayList<MinuteRow>();
    try {
      StoredMinutes.each(
          engine.parts().session(),
          scope,
          paths(files),
          during(from, to),
          false,
          revision -> take(newest, revision));
    } catch (UnavailableException e) {
      engine.failed(e);
      throw e;
    }
    return newest;
  }

  // What it has come from is added to, and only that is needed whole.
  private static void take(List<MinuteRow> newest, MinuteRow revision) {
    RoaringBitmap numbers = revision.contributors();
    if (!newest.isEmpty() && newest.getLast().isOfSameMinute(revision)) {
      numbers = RoaringBitmap.or(newest.removeLast().contributors(), numbers);
    }
    newest.add(revision.withLineage(0, numbers, ""));
  }

  private MemoryFile open(SealedFile file) {
    SecretKey key =
        vault
            .key(file, self)
            .orElseThrow(() -> new UnavailableException("the key of " + file.object()));
    return vault.open(file, key);
  }

  private static String paths(List<MemoryFile> files) {
    return files.stream().map(DuckSession::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String during(Instant from, Instant to) {
    return " WHERE epoch_us(\"minute\") >= %d AND epoch_us(\"minute\") < %d"
        .formatted(ReadingColumn.micros(from), ReadingColumn.micros(to));
  }
}
