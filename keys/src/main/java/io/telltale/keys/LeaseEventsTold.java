package io.telltale.keys;

import io.telltale.kernel.SpiffeId;
import io.telltale.record.LeaseId;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which events about leases were made already: an opener of 16 partitions asks 16 times for the
 * same lease and one event says it all. Bounded; thread-safe.
 */
final class LeaseEventsTold {
  private static final int MAX = 10_000;

  private record What(String type, LeaseId lease, SpiffeId caller) {}

  private final Set<What> told = new LinkedHashSet<>();

  synchronized boolean already(String type, LeaseId lease, SpiffeId caller) {
    return told.contains(new What(type, lease, caller));
  }

  /** To be called when the event is durable, not before. */
  synchronized void add(String type, LeaseId lease, SpiffeId caller) {
    told.add(new What(type, lease, caller));
    if (told.size() > MAX) {
      told.remove(told.iterator().next());
    }
  }
}
