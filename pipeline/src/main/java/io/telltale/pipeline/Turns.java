package io.telltale.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * In which order partitions are read: behind the one that filled a commit come the others, so that
 * none waits for another's backlog to end. Not thread-safe.
 */
final class Turns {
  private final List<PartitionIntake> intakes;
  private int first;

  /** Of what is in {@code intakes} whenever it is asked. */
  Turns(List<PartitionIntake> intakes) {
    this.intakes = intakes;
  }

  /** All of them, {@code before} before its turn. */
  List<PartitionIntake> order(OptionalInt before) {
    var order = new ArrayList<>(intakes);
    order.sort(
        Comparator.comparing((PartitionIntake intake) -> intake.partition() != before.orElse(-1))
            .thenComparing(intake -> intake.partition() < first));
    return order;
  }

  /** {@code last} took what was left of a commit's room. */
  void filled(int last) {
    first = last + 1;
  }

  /** What is to come of one that does not wait for a key, where that is most. */
  long mostToCome() {
    return intakes.stream()
        .filter(intake -> !intake.isHeld())
        .mapToLong(PartitionIntake::toCome)
        .max()
        .orElse(0);
  }
}
