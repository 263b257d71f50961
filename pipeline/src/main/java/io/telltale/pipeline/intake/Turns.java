package io.telltale.pipeline.intake;

import io.telltale.log.Lockstep;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.PipelineSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * In which order partitions are read, and how far: behind the one that filled a commit come the
 * others, and those near one position of the log stay there, so that none waits for another's
 * backlog to end, and blocks of the log are read once for all. Not thread-safe.
 */
public final class Turns {
  private final List<PartitionIntake> intakes;
  private final long window;
  private long[] positionsMax = new long[RecordLog.PARTITIONS];
  private int first;

  /** Of what is in {@code intakes} whenever it is asked. */
  public Turns(List<PartitionIntake> intakes, int readBytesMax) {
    this.intakes = intakes;
    this.window = (long) PipelineSettings.ROUND_READS * readBytesMax;
  }

  /**
   * A round begins.
   *
   * @param alone goes as far as it can: others wait for it
   */
  public void begin(OptionalInt alone) {
    long[] next = new long[RecordLog.PARTITIONS];
    Arrays.fill(next, Lockstep.NOWHERE);
    for (PartitionIntake intake : intakes) {
      if (intake.partition() != alone.orElse(-1)) {
        next[intake.partition()] = intake.logPosition();
      }
    }
    positionsMax = Lockstep.ends(next, window);
  }

  /** Before which position of the log {@code intake} stops in this round. */
  public long positionMax(PartitionIntake intake) {
    return positionsMax[intake.partition()];
  }

  /** All of them, {@code before} before its turn. */
  public List<PartitionIntake> order(OptionalInt before) {
    var order = new ArrayList<>(intakes);
    order.sort(
        Comparator.comparing((PartitionIntake intake) -> intake.partition() != before.orElse(-1))
            .thenComparing(intake -> intake.partition() < first));
    return order;
  }

  /** {@code last} took what was left of a commit's room. */
  public void filled(int last) {
    first = last + 1;
  }
}
