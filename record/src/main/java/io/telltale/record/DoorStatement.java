package io.telltale.record;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;
import java.util.List;

/**
 * What a door says, once a second in which something changed, of what it has acknowledged: {@code
 * docs/format/door-statement.md}.
 *
 * @param run 8 random bytes of this run of the door
 * @param number from 1, each once
 * @param previous SHA-256 of the statement before, as bytes; {@link #NONE} for the first
 * @param sealer the door
 * @param credential whose key signs
 * @param made the door's clock: told, never compared
 * @param ends of the first statement: where the log ended, by partition, when this run began; all
 *     entries of the door's earlier runs lie before. Of any other: nothing
 * @param begun instances under which the door's sealers may seal from now on
 * @param marks the partitions in which something was acknowledged since the statement before
 * @param ended instances of which nothing more will be acknowledged
 */
public record DoorStatement(
    Bytes run,
    long number,
    Hash previous,
    SpiffeId sealer,
    Fingerprint credential,
    Instant made,
    List<Long> ends,
    List<Bytes> begun,
    List<Mark> marks,
    List<Ended> ended) {
  static final String LABEL = "telltale/door-statement";
  static final int VERSION = 1;

  public static final int RUN_SIZE = 8;
  public static final int PARTITIONS_MAX = 1_024;

  /** Instances begun or ended, in one statement. */
  public static final int INSTANCES_MAX = 256;

  public static final Hash NONE = new Hash(Bytes.adopt(new byte[Hash.SIZE]));

  public DoorStatement {
    if (run.size() != RUN_SIZE || number < 1) {
      throw new IllegalArgumentException(
          "run of %d bytes, number %d".formatted(run.size(), number));
    }
    made = Instant.ofEpochMilli(made.toEpochMilli());
    ends = List.copyOf(ends);
    begun = List.copyOf(begun);
    marks = List.copyOf(marks);
    ended = List.copyOf(ended);
  }

  /**
   * How far a partition is.
   *
   * @param offset of the last record that was acknowledged
   * @param records acknowledged in this partition since the run began
   */
  public record Mark(int partition, long offset, long records) {}

  /**
   * An instance that is over.
   *
   * @param records acknowledged under it, by partition
   * @param ends where the log ended after that: no entry of the instance is at or behind it
   */
  public record Ended(Bytes instance, List<Long> records, List<Long> ends) {
    public Ended {
      records = List.copyOf(records);
      ends = List.copyOf(ends);
    }
  }

  public boolean opens() {
    return number == 1;
  }
}
