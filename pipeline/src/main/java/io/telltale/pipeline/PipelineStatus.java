package io.telltale.pipeline;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the pipeline is. Figures count from its start.
 *
 * @param lag per partition, entries that wait in the log
 * @param records stored in the raw table
 * @param rows stored in the raw table, one per value
 * @param duplicates dropped because they were stored before
 * @param suspects stored, but marked
 * @param rejected dead-lettered
 * @param commits transactions
 * @param missing acknowledged by a door and not in the log, as far as it ever was looked at
 * @param halted partitions that stopped because their log or state is damaged
 * @param waiting whether the last attempt failed for want of disk, key or store
 * @param aggregatesHeld whether aggregates wait because of a failure, while records go on
 * @param setAside what waits for closed scopes
 * @param stopped why nothing goes on until a restart; empty while all is well
 * @param maintenance what the lake's housekeeping failed for last, though records go on; or empty
 */
public record PipelineStatus(
    List<Long> lag,
    long records,
    long rows,
    long duplicates,
    long suspects,
    long rejected,
    long commits,
    long missing,
    List<Integer> halted,
    boolean waiting,
    boolean aggregatesHeld,
    Aside setAside,
    String stopped,
    String maintenance) {
  /**
   * Records that were set aside until their scopes open.
   *
   * @param records of each scope, by its path
   * @param bytes that they take, sealed
   * @param full partitions that wait with them, because no more can be set aside
   */
  public record Aside(Map<String, Long> records, long bytes, List<Integer> full) {
    static final Aside NONE = new Aside(Map.of(), 0, List.of());

    public Aside {
      records = Collections.unmodifiableSortedMap(new TreeMap<>(records));
      full = List.copyOf(full);
    }

    public long total() {
      return records.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  public PipelineStatus {
    lag = List.copyOf(lag);
    halted = List.copyOf(halted);
  }

  public long totalLag() {
    return lag.stream().mapToLong(Long::longValue).sum();
  }
}
