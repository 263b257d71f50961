package io.telltale.admission;

import io.telltale.kernel.Assurance;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.RecordSealer.Sealed;
import io.telltale.message.ReadingForm;
import io.telltale.record.Origin;
import io.telltale.record.SequenceMark;
import io.telltale.roster.DeviceType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The one policy that every submission passes: limit → identify → authorise → freshness → shape →
 * seal → append → acknowledge. One per event loop, to be used on it only; cheap checks first, and
 * nothing blocks. It holds the right to seal and no other.
 */
public final class Admission implements AutoCloseable {
  static final String OUTCOMES = "admission";

  private final AdmissionParts parts;
  private final RecordSealer sealer;
  private final Executor loop;
  private final Appender appender;
  private Runnable relief = () -> {};

  /** {@code loop} runs tasks on the event loop that owns this object. */
  public Admission(AdmissionParts parts, RecordSealer sealer, Executor loop) {
    this.parts = parts;
    this.sealer = sealer;
    this.loop = loop;
    this.appender = new Appender(parts, sealer, loop, () -> relief.run());
  }

  /**
   * Decides about one submission. {@code reply} gets its outcome exactly once: at once when it is
   * refused, and only after {@link #flush} and the log's word when it is admitted.
   */
  public void submit(DeviceSession session, Submission submission, Reply reply) {
    Outcome refusal = admit(session, submission, reply);
    if (refusal != null) {
      count(refusal);
      reply.answered(refusal);
    }
  }

  private @Nullable Outcome admit(DeviceSession session, Submission submission, Reply reply) {
    // First of all: what is refused costs its sender like what is not.
    long wait = charge(session, submission.bytes());
    if (wait > 0) {
      return new Outcome.Throttled(Duration.ofNanos(wait));
    }
    DeviceContext device = session.context();
    Instant now = parts.clock().instant();

    RefusalReason unidentified = identify(device, now);
    if (unidentified != null) {
      return new Outcome.Refused(unidentified);
    }
    DeviceContext.Message type = device.topics().get(submission.topic());
    if (type == null) {
      return new Outcome.Refused(device.refusal(submission.topic()));
    }
    return switch (PayloadReader.read(submission, type.form(), now.toEpochMilli())) {
      case ParsedPayload.Malformed(RefusalReason why, String place) ->
          new Outcome.Refused(why, place);
      case ParsedPayload.Message message -> {
        var candidate = new Candidate(session, submission, type, message, now, reply);
        yield device.type().replay() == DeviceType.Replay.SEQUENCE
            ? bySequence(candidate)
            : byPacket(candidate);
      }
    };
  }

  /** A submission that has passed the checks that need no memory of earlier ones. */
  private record Candidate(
      DeviceSession session,
      Submission submission,
      DeviceContext.Message type,
      ParsedPayload.Message message,
      Instant received,
      Reply reply) {
    DeviceContext device() {
      return session.context();
    }
  }

  private static @Nullable RefusalReason identify(DeviceContext device, Instant now) {
    if (!device.identity().mayConnect(now)) {
      return RefusalReason.NOT_ACTIVE;
    }
    // Nothing appraises evidence yet, so nothing is attested.
    return device.type().attestationRequired() ? RefusalReason.ATTESTATION_REQUIRED : null;
  }

  /**
   * Charges the session's device and tenant for {@code bytes} that a door has read and that are no
   * submission: whatever else the protocol has, and what the door itself refuses. Returns 0, or the
   * nanoseconds for which it should read no more of this device; 0 bytes only ask.
   */
  public long owe(DeviceSession session, int bytes) {
    DeviceContext device = session.context();
    long now = parts.nanoTime().getAsLong();
    return Math.max(
        device.meter().owe(bytes, device.type().limits(), now),
        device.tenantMeter().owe(bytes, parts.limits().tenant(), now));
  }

  private long charge(DeviceSession session, int bytes) {
    DeviceContext device = session.context();
    long now = parts.nanoTime().getAsLong();
    long wait = device.meter().take(bytes, device.type().limits(), now);
    return wait > 0 ? wait : device.tenantMeter().take(bytes, parts.limits().tenant(), now);
  }

  private long hash(Candidate candidate) {
    return parts
        .windows()
        .readingHash()
        .of(candidate.type().label(), candidate.submission().payload());
  }

  private @Nullable Outcome stale(Candidate candidate) {
    RefusalReason stale =
        Freshness.judge(
            candidate.message(),
            candidate.type().form(),
            candidate.device().type().replay(),
            candidate.received().toEpochMilli(),
            parts.limits());
    return stale == null ? null : new Outcome.Refused(stale);
  }

  private @Nullable Outcome bySequence(Candidate candidate) {
    OptionalLong given = candidate.message().sequence();
    if (given.isEmpty()) {
      // Refused at the latest for that.
      return stale(candidate);
    }
    long sequence = given.getAsLong();
    long hash = hash(candidate);
    ReplayWindow window = candidate.device().window();
    // A look first and the claim last: what will not be stored must not use a number up.
    ReplayWindow.Seen seen = window.look(sequence, hash);
    // However old what is known: its sender was offline and cannot know that it is stored.
    boolean known =
        seen instanceof ReplayWindow.Seen.Pending || seen instanceof ReplayWindow.Seen.Stored;
    Outcome stale = known ? null : stale(candidate);
    if (stale != null) {
      return stale;
    }
    if (!(seen instanceof ReplayWindow.Seen.Fresh)) {
      return again(candidate, sequence, seen);
    }
    Outcome unfit = shapeAndRoom(candidate);
    if (unfit != null) {
      return unfit;
    }
    var record =
        new InFlight(candidate.session(), candidate.submission(), sequence, candidate.reply());
    seen = window.claim(sequence, hash, record);
    if (!(seen instanceof ReplayWindow.Seen.Fresh(SequenceMark mark))) {
      return again(candidate, sequence, seen);
    }
    Outcome unsealed = sealAndAdd(candidate, record, mark);
    if (unsealed != null) {
      window.rollback(record);
    } else if (mark != SequenceMark.NONE) {
      parts.counters().count("admission.marked", cause(mark));
    }
    return unsealed;
  }

  private static String cause(SequenceMark mark) {
    return mark.name().toLowerCase(Locale.ROOT);
  }

  /** The rules of a sequence number that is not free (ADR 0120). */
  private @Nullable Outcome again(Candidate candidate, long sequence, ReplayWindow.Seen seen) {
    return switch (seen) {
      case ReplayWindow.Seen.Pending(InFlight original) -> {
        follow(original, candidate.reply());
        yield null;
      }
      case ReplayWindow.Seen.Stored(long offset) -> {
        if (!candidate.submission().resend() && candidate.session().repeatsTooMuch()) {
          parts.incidents().report(incident("incident.replay", candidate, sequence));
        }
        yield new Outcome.Duplicate(candidate.device().partition(), offset);
      }
      case ReplayWindow.Seen.OtherPayload _ -> {
        // The one that came first follows from enrolment and sequence.
        parts
            .incidents()
            .reportOnce(
                incident("incident.fork", candidate, sequence),
                "%d %d %x"
                    .formatted(
                        candidate.device().identity().enrolment(), sequence, hash(candidate)));
        yield new Outcome.Refused(RefusalReason.FORK);
      }
      case ReplayWindow.Seen.Forgotten _ -> new Outcome.Refused(RefusalReason.REPLAYED);
      case ReplayWindow.Seen.TooFar _ -> new Outcome.Refused(RefusalReason.SEQUENCE_JUMP);
      case ReplayWindow.Seen.Fresh _ -> throw new IllegalStateException("fresh is not again");
    };
  }

  // The named policy for devices without sequence numbers: a retransmission is recognised by its
  // packet number within one session, and by nothing after it.
  private @Nullable Outcome byPacket(Candidate candidate) {
    Outcome stale = stale(candidate);
    if (stale != null) {
      return stale;
    }
    Submission submission = candidate.submission();
    InFlight original = candidate.session().packet(submission.packet());
    if (original != null && submission.resend()) {
      follow(original, candidate.reply());
      return null;
    }
    Outcome unfit = shapeAndRoom(candidate);
    if (unfit != null) {
      return unfit;
    }
    var record =
        new InFlight(candidate.session(), submission, InFlight.NO_SEQUENCE, candidate.reply());
    return sealAndAdd(candidate, record, SequenceMark.NONE);
  }

  // The original may belong to another loop: its answer comes back to ours.
  private void follow(InFlight original, Reply reply) {
    original.join(
        outcome ->
            loop.execute(
                () -> {
                  Outcome mine =
                      outcome instanceof Outcome.Admitted(int partition, long offset)
                          ? new Outcome.Duplicate(partition, offset)
                          : outcome;
                  count(mine);
                  reply.answered(mine);
                }));
  }

  private @Nullable Outcome shapeAndRoom(Candidate candidate) {
    ReadingForm form = candidate.type().form();
    if (!candidate.message().fits(form)) {
      String rule = candidate.message().violated(form);
      return new Outcome.Refused(RefusalReason.SCHEMA_VIOLATION, rule);
    }
    Outcome fault = candidate.message().fault(form);
    if (fault != null) {
      return fault;
    }
    if (!parts.log().available()) {
      return new Outcome.Unavailable("the log is not available");
    }
    return appender.full() ? new Outcome.Unavailable("too much is in flight") : null;
  }

  private @Nullable Outcome sealAndAdd(Candidate candidate, InFlight record, SequenceMark mark) {
    int partition = candidate.device().partition();
    Origin origin = origin(candidate, record.sequence(), mark);
    return switch (sealer.seal(partition, origin, candidate.submission().payload())) {
      case Sealed.Ready ready -> {
        appender.add(record, partition, ready);
        candidate.session().opened(record);
        yield null;
      }
      case Sealed.Unavailable(String why) -> new Outcome.Unavailable(why);
    };
  }

  private Origin origin(Candidate candidate, long sequence, SequenceMark mark) {
    DeviceContext device = candidate.device();
    var identity = device.identity();
    String firmware = candidate.message().firmware();
    return new Origin(
        device.device(),
        identity.number(),
        identity.credential(),
        identity.issuer(),
        List.of(),
        firmware.isEmpty() ? identity.firmwareClaimed() : firmware,
        "unattested",
        candidate.type().scope(),
        candidate.type().type(),
        candidate.type().schemaId(),
        sequence == InFlight.NO_SEQUENCE ? OptionalLong.empty() : OptionalLong.of(sequence),
        Instant.ofEpochMilli(candidate.message().sent()),
        candidate.received(),
        parts.door(),
        candidate.session().endpoint(),
        parts.feedPosition().getAsLong(),
        device.policyVersion(),
        Assurance.DOOR_ATTESTED,
        identity.enrolment(),
        mark);
  }

  private Incidents.Signal incident(String type, Candidate candidate, long sequence) {
    var identity = candidate.device().identity();
    return new Incidents.Signal(
        type,
        identity.id().tenant(),
        parts.door(),
        identity.id().uri(),
        Map.of(
            "sequence", Long.toString(sequence),
            "credential", identity.credential().hex(),
            "topic", candidate.submission().topic(),
            "endpoint", candidate.session().endpoint()));
  }

  private void count(Outcome outcome) {
    String cause =
        switch (outcome) {
          case Outcome.Admitted _ -> "admitted";
          case Outcome.Duplicate _ -> "duplicate";
          case Outcome.Refused refused -> refused.why().cause();
          case Outcome.Throttled _ -> "throttled";
          case Outcome.Unavailable _ -> "unavailable";
        };
    parts.counters().count(OUTCOMES, cause);
  }

  /** Appends what was sealed since the last call: to be called at the end of each read pass. */
  public void flush() {
    appender.flush();
  }

  /**
   * Whether so much is on its way to the log that the door must not read those who have most of it.
   */
  public boolean congested() {
    return appender.congested();
  }

  /** Whether it must read nobody. */
  public boolean crowded() {
    return appender.crowded();
  }

  /** What each of {@code sessions} may have on its way while it is congested. */
  public long share(int sessions) {
    return parts.limits().inFlightBytesMax() / Math.max(1, sessions);
  }

  /** Calls {@code relief} on the loop each time {@link #congested} turns false. */
  public void onRelief(Runnable relief) {
    this.relief = relief;
  }

  public long inFlightBytes() {
    return appender.inFlightBytes();
  }

  /** Whether nothing waits for the log. */
  public boolean idle() {
    return appender.idle();
  }

  /** Appends what is left and gives the leases up; outcomes still under way are delivered. */
  @Override
  public void close() {
    appender.flush();
    sealer.close();
  }
}
