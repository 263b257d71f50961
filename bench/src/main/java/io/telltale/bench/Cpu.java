package io.telltale.bench;

import java.util.EnumMap;
import java.util.Map;

/**
 * CPU seconds, user and system, of a process and of its threads by what they work for.
 *
 * @param byWork of the threads that live; the process's sum also has those that have ended
 */
record Cpu(double process, Map<Work, Double> byWork) {
  Cpu {
    byWork = Map.copyOf(byWork);
  }

  Cpu since(Cpu before) {
    var difference = new EnumMap<Work, Double>(Work.class);
    byWork.forEach((work, seconds) -> difference.put(work, seconds - before.of(work)));
    return new Cpu(process - before.process, difference);
  }

  double of(Work work) {
    return byWork.getOrDefault(work, 0.0);
  }

  /** What a message takes until it may be acknowledged: event loops and the log's writer. */
  double door() {
    return of(Work.LOOPS) + of(Work.LOG);
  }
}
