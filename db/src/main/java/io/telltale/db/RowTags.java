package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rows of one table against their tags and sums their elements up. A million rows are a
 * dozen seconds of arithmetic: where there are many, the other processors help the one that reads.
 * Some thousand rows are in memory at a time. For one thread, which closes it.
 */
final class RowTags implements AutoCloseable {
  private static final int GROUP = 1_024;

  private final String table;
  private final StoreSeal seal;
  private final SealKeys keys;
  private final Deque<Future<Group>> underWay = new ArrayDeque<>();
  private final Sum[] buckets = zeros();
  private final Named wrong;
  private final int helpers = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
  private @Nullable ExecutorService pool;
  private List<Row> rows = new ArrayList<>();
  private long count;

  /** A row as read; {@code tag} is empty when it has none. */
  record Row(Object shown, Bytes key, long change, Bytes columns, Bytes tag) {}

  private record Group(List<Sum> sums, Named wrong) {}

  /** The first rows of a table that are wrong, and how many there are: a table is large. */
  static final class Named {
    static final int MAX = 5;

    private final List<String> first = new ArrayList<>(MAX);
    private long count;

    void add(String row) {
      if (first.size() < MAX) {
        first.add(row);
      }
      count++;
    }

    private void addAll(Named other) {
      long before = count;
      other.first.forEach(this::add);
      count = before + other.count;
    }

    /** In the order of the rows. */
    List<String> first() {
      return List.copyOf(first);
    }

    long count() {
      return count;
    }
  }

  /**
   * @param wrong takes the rows that are not as sealed
   */
  RowTags(String table, StoreSeal seal, SealKeys keys, Named wrong) {
    this.table = table;
    this.seal = seal;
    this.keys = keys;
    this.wrong = wrong;
  }

  void add(Row row) {
    rows.add(row);
    count++;
    if (rows.size() == GROUP) {
      List<Row> group = rows;
      rows = new ArrayList<>(GROUP);
      if (underWay.size() > 2 * helpers) {
        take();
      }
      underWay.add(helpers().submit(() -> look(group, new SealKeys(seal))));
    }
  }

  private ExecutorService helpers() {
    ExecutorService known = pool;
    if (known == null) {
      known =
          Executors.newFixedThreadPool(
              helpers, task -> Thread.ofPlatform().daemon(true).name("row-tags").unstarted(task));
      pool = known;
    }
    return known;
  }

  /** To be called when there are no more. */
  void finish() {
    while (!underWay.isEmpty()) {
      take();
    }
    add(look(rows, keys));
    rows = List.of();
  }

  private void take() {
    try {
      add(underWay.remove().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while looking at the rows of " + table, e);
    } catch (ExecutionException e) {
      // The rows are only compared there: whatever fails is the machine's trouble, not theirs.
      throw new UnavailableException("looking at the rows of " + table, e);
    }
  }

  private void add(Group group) {
    wrong.addAll(group.wrong());
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = buckets[i].plus(group.sums().get(i));
    }
  }

  private Group look(List<Row> group, SealKeys own) {
    var sums = zeros();
    var found = new Named();
    for (Row row : group) {
      if (row.tag().size() == 0) {
        found.add(Damage.row(table, row.shown(), Damage.ADDED));
      } else if (!own.row(table, row.key(), row.change(), row.columns())
          .equalsConstantTime(row.tag())) {
        found.add(Damage.row(table, row.shown(), Damage.EDITED));
      } else {
        int bucket = SealedTable.bucket(row.key());
        sums[bucket] = sums[bucket].plus(own.element(row.tag()));
      }
    }
    return new Group(Arrays.asList(sums), found);
  }

  private static Sum[] zeros() {
    Sum[] zeros = new Sum[SealedTable.BUCKETS];
    Arrays.fill(zeros, Sum.ZERO);
    return zeros;
  }

  long count() {
    return count;
  }

  Sum[] buckets() {
    return buckets;
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdownNow();
    }
  }
}
