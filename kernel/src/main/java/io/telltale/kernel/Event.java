package io.telltale.kernel;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Something that happened and must be provable for good: a leaf of the ledger.
 *
 * @param type dotted, past tense: {@code device.registered}, {@code batch.stored}; the taxonomy is
 *     in {@code docs/format/events.md}
 * @param time when, to the millisecond
 * @param tenant whose; its key seals the body
 * @param actor who did it: a SPIFFE id, or {@code system}
 * @param subject what it was done to: a SPIFFE id, fingerprint, scope path, table or partition
 * @param details sorted text pairs; never a payload, secret or token
 */
public record Event(
    String type,
    Instant time,
    TenantId tenant,
    String actor,
    String subject,
    SortedMap<String, String> details) {
  public Event {
    time = Instant.ofEpochMilli(time.toEpochMilli());
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  public static Event of(
      String type,
      Instant time,
      TenantId tenant,
      String actor,
      String subject,
      Map<String, String> details) {
    return new Event(type, time, tenant, actor, subject, new TreeMap<>(details));
  }
}
