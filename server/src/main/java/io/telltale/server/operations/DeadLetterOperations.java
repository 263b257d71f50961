package io.telltale.server.operations;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.DeadLetters;
import io.telltale.pipeline.StoredLetter;
import io.telltale.pipeline.WantedLetters;
import io.telltale.record.Origin;
import io.telltale.roster.Principal;
import io.telltale.server.Foundation;
import io.telltale.server.api.LetterOperations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Dead letters, by the names that people give devices; whoever looks into one is in the ledger. */
final class DeadLetterOperations implements LetterOperations {
  // No device has it: of one that is not registered there is no letter.
  private static final int NO_DEVICE = -1;

  private final DeadLetters letters;
  private final RecordLog log;
  private final Foundation foundation;

  DeadLetterOperations(DeadLetters letters, RecordLog log, Foundation foundation) {
    this.letters = letters;
    this.log = log;
    this.foundation = foundation;
  }

  private WantedLetters wanted(Wanted wanted) {
    OptionalInt device =
        wanted.device().isEmpty()
            ? OptionalInt.empty()
            : OptionalInt.of(
                foundation
                    .registry()
                    .find(wanted.device().get())
                    .map(Principal::number)
                    .orElse(NO_DEVICE));
    return new WantedLetters(wanted.tenant(), device, wanted.reason(), wanted.number());
  }

  @Override
  public List<Letter> list(Wanted wanted, long before, int limit) {
    return letters.list(wanted(wanted), before, limit).stream().map(this::letter).toList();
  }

  @Override
  public Optional<Letter> at(TenantId tenant, int partition, long offset) {
    return letters.at(tenant, partition, offset).map(this::letter);
  }

  @Override
  public Optional<Waiting> waiting(TenantId tenant, int partition, long offset) {
    return letters
        .waiting(tenant, partition, offset)
        .map(found -> new Waiting(found.scope(), found.since()));
  }

  @Override
  public boolean isWritten(int partition, long offset) {
    return partition < RecordLog.PARTITIONS && offset < log.end(partition);
  }

  @Override
  public boolean isAhead(int partition, long offset) {
    return letters.isAhead(partition, offset) && offset < log.end(partition);
  }

  @Override
  public boolean isDevice(DeviceId device) {
    return foundation.registry().find(device).isPresent();
  }

  @Override
  public long count(Wanted wanted) {
    return letters.count(wanted(wanted));
  }

  private Letter letter(StoredLetter letter) {
    String device =
        letter.device().isEmpty()
            ? ""
            : foundation
                .registry()
                .view()
                .byNumber(letter.device().getAsInt())
                .map(identity -> identity.id().name())
                .orElse("number " + letter.device().getAsInt());
    return new Letter(
        letter.number(),
        device,
        letter.partition() + ":" + letter.offset(),
        letter.reason(),
        letter.time(),
        letter.replayable(),
        letter.again());
  }

  @Override
  public Outcome show(SpiffeId who, long number) {
    return switch (letters.show(who, number)) {
      case DeadLetters.Shown.Unknown unknown -> new Outcome.Unknown();
      case DeadLetters.Shown.Closed closed ->
          new Outcome.Closed(letter(closed.letter()), closed.why());
      case DeadLetters.Shown.Whole shown -> {
        Letter letter = letter(shown.letter());
        Map<String, String> details = Map.of("letter", Long.toString(number));
        record(who, "record.letter-shown", "record/" + letter.record(), details);
        yield new Outcome.Shown(letter, facts(shown.origin()), shown.payload());
      }
    };
  }

  private static Map<String, String> facts(Origin origin) {
    var facts = new TreeMap<String, String>();
    facts.put("messageType", origin.messageType());
    facts.put("schema", origin.schema());
    facts.put("policyVersion", Long.toString(origin.policyVersion()));
    facts.put("scope", origin.scope().path());
    facts.put("received", origin.received().toString());
    facts.put("sent", origin.sent().toString());
    facts.put("credential", origin.credential().hex());
    facts.put("endpoint", origin.endpoint());
    origin.sequence().ifPresent(sequence -> facts.put("sequence", Long.toString(sequence)));
    return facts;
  }

  @Override
  public Replay replay(SpiffeId who, Wanted wanted) {
    var details = new TreeMap<String, String>();
    wanted.device().ifPresent(device -> details.put("device", device.name()));
    wanted.number().ifPresent(number -> details.put("letter", Long.toString(number)));
    if (!wanted.reason().isEmpty()) {
      details.put("reason", wanted.reason());
    }
    DeadLetters.Again again =
        letters.again(
            wanted(wanted),
            count -> {
              details.put("count", Integer.toString(count));
              return event(who, "record.replay-asked", "pipeline", details);
            });
    return switch (again) {
      case DeadLetters.Again.Sent(int count) -> new Replay.Sent(count);
      case DeadLetters.Again.OnTheirWay(int count) -> new Replay.OnTheirWay(count);
      case DeadLetters.Again.NotKept(int count) -> new Replay.NotKept(count);
      case DeadLetters.Again.None() -> new Replay.None();
    };
  }

  private void record(SpiffeId who, String type, String subject, Map<String, String> details) {
    foundation.ledger().record(event(who, type, subject, details));
  }

  private Event event(SpiffeId who, String type, String subject, Map<String, String> details) {
    return Event.of(type, foundation.clock().instant(), who.tenant(), who.uri(), subject, details);
  }
}
