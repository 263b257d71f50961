package io.telltale.pipeline;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import io.telltale.pipeline.intake.Gathered;
import io.telltale.pipeline.intake.LettersAgain;
import io.telltale.pipeline.leaves.StoredBatch;
import io.telltale.pipeline.letters.DeadLetter;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.minutes.MinuteKey;
import io.telltale.pipeline.minutes.MinuteState;
import io.telltale.pipeline.runs.DoorRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a commit tells the ledger. */
final class CommitEvents {
  // Of a flood of them, the rest is in the counts of record.rejected.
  private static final int DEAD_NAMED_MAX = 64;
  private static final int FORKS_NAMED_MAX = 64;
  private static final int TEXT_MAX = 200;

  private final PipelineParts parts;
  private final SetAside aside;

  CommitEvents(PipelineParts parts, SetAside aside) {
    this.parts = parts;
    this.aside = aside;
  }

  // Free text is as long as names are, not as long as somebody made it.
  private Event apart(MinuteState state) {
    MinuteKey key = state.key();
    MinuteRow row = state.numbers();
    return ofScope(
        "minute.set-apart",
        key.scope(),
        Map.of(
            "minute", row.minute().toString(),
            "reopened", Boolean.toString(state.isReopened()),
            "metric", cut(key.metric()),
            "unit", cut(key.unit()),
            "site", cut(key.site()),
            "deviceType", cut(key.deviceType()),
            "count", Long.toString(row.count()),
            "devices", Integer.toString(row.devices()),
            "revision", Integer.toString(row.revision())));
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
  }

  List<Event> of(
      Gathered gathered,
      List<DoorRun.Missing> missing,
      Optional<StoredBatch> batch,
      List<MinuteState> apart) {
    var events = new ArrayList<Event>();
    batch.ifPresent(told -> events.add(event(StoredBatch.EVENT, told.subject(), told.details())));
    if (!gathered.reasons().isEmpty()) {
      var details = new TreeMap<String, String>();
      gathered.reasons().forEach((why, count) -> details.put(why, Integer.toString(count)));
      events.add(event("record.rejected", "pipeline", details));
    }
    missing.forEach(
        gone -> events.add(event(DoorRun.Missing.EVENT, gone.subject(), gone.details())));
    gathered.deadLetters().stream().limit(DEAD_NAMED_MAX).map(this::dead).forEach(events::add);
    gathered.again().forEach(letter -> events.add(again(letter)));
    gathered.forks().stream().limit(FORKS_NAMED_MAX).map(this::fork).forEach(events::add);
    gathered.setAsideByScope().forEach((scope, count) -> events.add(setAside(scope, count)));
    gathered.resumedByScope().forEach((scope, count) -> events.add(resumed(scope, count)));
    apart.forEach(state -> events.add(apart(state)));
    return events;
  }

  // The door names those that it sees; a device that changes doors is seen here only.
  private Event fork(Gathered.Fork fork) {
    var origin = fork.origin();
    return Event.of(
        "incident.fork",
        parts.clock().instant(),
        fork.device().tenant(),
        parts.self().uri(),
        fork.device().uri(),
        Map.of(
            "sequence", Long.toString(fork.sequence()),
            "credential", origin.credential().hex(),
            "endpoint", origin.endpoint(),
            "record", "%d:%d".formatted(fork.place().partition(), fork.place().offset())));
  }

  private Event setAside(Scope scope, long records) {
    return ofScope("record.set-aside", scope, Map.of("records", Long.toString(records)));
  }

  private Event resumed(Scope scope, long records) {
    return ofScope(
        "record.resumed",
        scope,
        Map.of(
            "records", Long.toString(records),
            "waiting", Long.toString(aside.records(scope))));
  }

  private Event ofScope(String type, Scope scope, Map<String, String> details) {
    return Event.of(
        type, parts.clock().instant(), scope.tenant(), parts.self().uri(), scope.path(), details);
  }

  private Event again(LettersAgain.Taken letter) {
    var details = new TreeMap<String, String>();
    details.put("letter", Long.toString(letter.number()));
    details.put("outcome", letter.outcome());
    return ofRecord("record.replayed", letter.place(), letter.device(), details);
  }

  private Event ofRecord(
      String type, Place place, Optional<DeviceId> device, SortedMap<String, String> details) {
    device.ifPresent(id -> details.put("device", id.in(parts.self().trustDomain()).uri()));
    return Event.of(
        type,
        parts.clock().instant(),
        device.map(DeviceId::tenant).orElse(parts.self().tenant()),
        parts.self().uri(),
        "record/%d:%d".formatted(place.partition(), place.offset()),
        details);
  }

  private Event dead(DeadLetter letter) {
    var details = new TreeMap<String, String>();
    details.put("reason", letter.reason());
    return ofRecord("record.dead-lettered", letter.place(), letter.device(), details);
  }

  private Event event(String type, String subject, Map<String, String> details) {
    return Event.of(
        type, parts.clock().instant(), parts.self().tenant(), parts.self().uri(), subject, details);
  }
}
