package io.telltale.server.operations;

import io.telltale.admission.RefusalReason;
import io.telltale.server.api.PolicyRehearsals;
import io.telltale.server.api.PolicyRehearsals.Example;
import io.telltale.server.api.PolicyRehearsals.Outcome;
import io.telltale.server.api.PolicyRehearsals.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts what a policy would refuse, in memory that does not grow with it. Not thread-safe. */
final class RehearsalCount {
  private static final int EXAMPLES_MAX = 3;
  private static final int DEVICES_SHOWN = 20;

  private final Map<Key, Group> groups = new HashMap<>();
  private final Map<String, Long> devices = new HashMap<>();
  private final Map<String, Long> notJudged = new HashMap<>();
  private long judged;
  private long refused;
  private @Nullable Instant from;
  private @Nullable Instant to;

  /** Message types and reasons are few. */
  record Key(RefusalReason why, String messageType, String topic) {}

  private static final class Group {
    private long records;
    private final Set<String> devices = new HashSet<>();
    private final List<Example> first = new ArrayList<>();
  }

  /** When one came that is judged next. */
  void received(Instant when) {
    from = from == null || when.isBefore(from) ? when : from;
    to = to == null || when.isAfter(to) ? when : to;
  }

  void taken() {
    judged++;
  }

  void refused(Key key, Example one) {
    judged++;
    refused++;
    Group group = groups.computeIfAbsent(key, _ -> new Group());
    group.records++;
    group.devices.add(one.device());
    if (group.first.size() < EXAMPLES_MAX) {
      group.first.add(one);
    }
    devices.merge(one.device(), 1L, Long::sum);
  }

  void notJudged(String why) {
    notJudged.merge(why, 1L, Long::sum);
  }

  long judged() {
    return judged;
  }

  long refused() {
    return refused;
  }

  /** Of {@code entries} of the log {@code seen} were looked at. */
  Outcome.Rehearsed report(long seen, long entries) {
    List<Refusal> refusals =
        groups.entrySet().stream()
            .map(entry -> refusal(entry.getKey(), entry.getValue()))
            .sorted(Comparator.comparingLong(Refusal::records).reversed())
            .toList();
    var most = new LinkedHashMap<String, Long>();
    devices.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(DEVICES_SHOWN)
        .forEach(entry -> most.put(entry.getKey(), entry.getValue()));
    var part =
        new PolicyRehearsals.Part(
            Optional.ofNullable(from), Optional.ofNullable(to), seen, entries);
    return new Outcome.Rehearsed(judged, refused, refusals, most, notJudged, part);
  }

  private static Refusal refusal(Key key, Group group) {
    return new Refusal(
        key.why().cause(),
        key.why().sentence(),
        key.messageType(),
        key.topic(),
        group.records,
        group.devices.size(),
        group.first);
  }
}
