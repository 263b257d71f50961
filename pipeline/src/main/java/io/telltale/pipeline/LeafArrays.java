package io.telltale.pipeline;

import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.objects.ObjectStore;
import io.telltale.pipeline.leaves.LeafCheck;
import io.telltale.pipeline.leaves.LeafTiers;
import io.telltale.pipeline.leaves.StoredBatch;
import io.telltale.pipeline.leaves.StoredLeaves;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The leaf arrays of batches in objects that hold one or many: {@code lake-batches.md}. */
public final class LeafArrays {
  static final String TABLE =
      """
      CREATE TABLE pipeline_leaves (
        first INTEGER PRIMARY KEY,
        last INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        object TEXT NOT NULL
      ) STRICT;
      """;

  private static final Logger LOG = System.getLogger("io.telltale.pipeline");
  private static final Pattern NAME = Pattern.compile("leaves/([0-9]{1,18})");
  private static final Pattern OBJECT = Pattern.compile("leaves/[0-9]{1,18}-[0-9]{1,18}");
  private static final int READS_MAX = 4;

  private final Database database;
  private final ObjectStore objects;
  private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
  // What the disk did not give, and below which batch merging looks next; its thread's own.
  private final Set<String> withheld = new HashSet<>();
  private long lookedAtTo = Long.MAX_VALUE;

  /** In {@code pipeline.db} and the lake's objects. */
  public LeafArrays(Database database, ObjectStore objects) {
    this.database = database;
    this.objects = objects;
  }

  static String object(long first, long last) {
    return StoredLeaves.FOLDER + "/" + first + "-" + last;
  }

  /** The leaf hashes of the batch whose event gives that name, one after the other. */
  public Optional<Bytes> get(String name) {
    Matcher numbered = NAME.matcher(name);
    if (!numbered.matches()) {
      return objects.get(name);
    }
    long batch = Long.parseLong(numbered.group(1));
    // What is merged meanwhile is found where it is then.
    for (int read = 0; read < READS_MAX; read++) {
      Optional<StoredLeaves> stored = holding(batch);
      if (stored.isEmpty()) {
        return Optional.empty();
      }
      Optional<Bytes> object = objects.get(stored.get().object());
      if (object.isPresent()) {
        return Optional.of(arrayOf(object.get(), batch - stored.get().first()));
      }
    }
    return Optional.empty();
  }

  private static Bytes arrayOf(Bytes object, long index) {
    ByteBuffer in = object.asBuffer();
    for (long skipped = 0; in.remaining() >= Integer.BYTES; skipped++) {
      int size = Math.multiplyExact(in.getInt(), Hash.SIZE);
      if (size < 0 || size > in.remaining()) {
        break;
      }
      if (skipped == index) {
        return object.slice(in.position(), in.position() + size);
      }
      in.position(in.position() + size);
    }
    throw new CorruptException("an object of leaf arrays ends early");
  }

  private Optional<StoredLeaves> holding(long batch) {
    return all("first <= ? ORDER BY first DESC LIMIT 1", batch).stream()
        .filter(stored -> batch <= stored.last())
        .findFirst();
  }

  /** The number of the next batch. */
  long next() {
    return newest(1).stream().findFirst().map(stored -> stored.last() + 1).orElse(0L);
  }

  /** The newest objects, newest first. */
  List<StoredLeaves> newest(int count) {
    return before(Long.MAX_VALUE, count);
  }

  private List<StoredLeaves> before(long first, int count) {
    return all("first < ? ORDER BY first DESC LIMIT ?", first, count);
  }

  private List<StoredLeaves> all(String which, Object... parameters) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT first, last, bytes, object FROM pipeline_leaves WHERE " + which,
                row ->
                    new StoredLeaves(
                        row.getLong(1), row.getLong(2), row.getLong(3), row.getString(4)),
                parameters));
  }

  /** Durable when this returns; known once {@link #add} is committed. */
  StoredLeaves store(StoredBatch batch) {
    ByteBuffer bytes = batch.bytes();
    var stored =
        new StoredLeaves(
            batch.number(),
            batch.number(),
            bytes.remaining(),
            object(batch.number(), batch.number()));
    objects.put(stored.object(), bytes);
    return stored;
  }

  static void add(Connection transaction, StoredLeaves stored) throws SQLException {
    Sql.update(
        transaction,
        "INSERT INTO pipeline_leaves (first, last, bytes, object) VALUES (?, ?, ?, ?)",
        stored.first(),
        stored.last(),
        stored.bytes(),
        stored.object());
  }

  /** Reads every object again and holds each array against the root that {@code roots} has. */
  public StoreCheck check(LeafRoots roots) {
    return new LeafCheck(this::following, objects, roots);
  }

  /**
   * The object that goes on behind the batch {@code after}; it may begin before that, since
   * neighbours are merged.
   */
  Optional<StoredLeaves> following(long after) {
    return holding(after + 1).or(() -> beginningBehind(after));
  }

  private Optional<StoredLeaves> beginningBehind(long after) {
    return all("first > ? ORDER BY first LIMIT 1", after).stream().findFirst();
  }

  /** Deletes what a crash has left; before anything is taken from the log. */
  void sweep() {
    var orphans = new ArrayList<String>();
    objects.list(
        StoredLeaves.FOLDER,
        name -> {
          String whole = objects.finished(name);
          if (OBJECT.matcher(whole).matches() && (!whole.equals(name) || !isKnown(name))) {
            orphans.add(name);
          }
        });
    orphans.forEach(objects::delete);
  }

  private boolean isKnown(String object) {
    long first = Long.parseLong(object, StoredLeaves.FOLDER.length() + 1, object.indexOf('-'), 10);
    return holding(first).filter(stored -> stored.object().equals(object)).isPresent();
  }

  /** Objects that merging came across and that are not there, or not whole. */
  Set<String> gone() {
    return Set.copyOf(unreadable);
  }

  /**
   * Writes neighbours together, if enough of them hold equally many batches: the newest; and when
   * none of those are due, of what was left behind them when merging stood still, some in turn.
   * Whether any were due.
   */
  boolean merge() {
    List<StoredLeaves> newest = newest(LeafTiers.LOOKED_AT);
    List<StoredLeaves> due = LeafTiers.due(readable(newest));
    if (due.isEmpty()) {
      due = dueBehind(newest);
    }
    if (!due.isEmpty()) {
      merge(due);
    }
    return !due.isEmpty();
  }

  private List<StoredLeaves> readable(List<StoredLeaves> some) {
    return some.stream()
        .filter(stored -> !unreadable.contains(stored.object()))
        .filter(stored -> !withheld.contains(stored.object()))
        .toList();
  }

  private List<StoredLeaves> dueBehind(List<StoredLeaves> newest) {
    List<StoredLeaves> older = List.of();
    if (newest.size() == LeafTiers.LOOKED_AT) {
      older = before(Math.min(lookedAtTo, newest.getLast().first()), LeafTiers.LOOKED_AT);
    }
    List<StoredLeaves> due = LeafTiers.leftBehind(readable(older));
    if (due.isEmpty() && older.size() == LeafTiers.LOOKED_AT) {
      // Neighbours of the last of these are among the next.
      lookedAtTo = older.get(older.size() - LeafTiers.FAN_IN).first();
    } else if (due.isEmpty()) {
      lookedAtTo = Long.MAX_VALUE;
      withheld.clear();
    }
    return due;
  }

  private void merge(List<StoredLeaves> due) {
    long bytes = due.stream().mapToLong(StoredLeaves::bytes).sum();
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(bytes));
    for (StoredLeaves stored : due) {
      Optional<Bytes> object = read(stored);
      if (object.isEmpty() || object.get().size() != stored.bytes()) {
        // Its records cannot be proven; that is no reason to store no more of them.
        LOG.log(Level.ERROR, "pipeline.leaves.gone object={0}", stored.object());
        unreadable.add(stored.object());
        return;
      }
      all.put(object.get().borrow());
    }
    long first = due.getFirst().first();
    long last = due.getLast().last();
    var merged = new StoredLeaves(first, last, bytes, object(first, last));
    objects.put(merged.object(), all.flip());
    database.write(connection -> replace(connection, merged));
    due.forEach(stored -> objects.delete(stored.object()));
  }

  private Optional<Bytes> read(StoredLeaves stored) {
    try {
      return objects.get(stored.object());
    } catch (UnavailableException e) {
      // Until all others have had their turn.
      withheld.add(stored.object());
      throw e;
    }
  }

  private static int replace(Connection connection, StoredLeaves merged) throws SQLException {
    int deleted =
        Sql.update(
            connection,
            "DELETE FROM pipeline_leaves WHERE first >= ? AND last <= ?",
            merged.first(),
            merged.last());
    add(connection, merged);
    return deleted;
  }
}
