package io.telltale.server;

import io.telltale.admission.PolicyRehearsal;
import io.telltale.admission.Why;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Openers;
import io.telltale.keys.RecordOpener;
import io.telltale.keys.RecordOpener.Opened;
import io.telltale.keys.StateSeal;
import io.telltale.log.RecordLog;
import io.telltale.record.Origin;
import io.telltale.registry.Identity;
import io.telltale.registry.MessageType;
import io.telltale.server.api.TrafficOffice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the log again, which holds what came in the last hour at least, and asks a policy about it.
 * Opens records on the grants of who asks, never on the pipeline's, and takes none of them.
 */
final class TrafficDesk implements TrafficOffice {
  private static final long ENTRIES_MAX = 1_000_000;
  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
  private static final int READ_BYTES = 1 << 20;
  // Nothing is stored of what is only looked at.
  private static final StateSeal NO_STATE =
      new StateSeal() {
        @Override
        public Bytes seal(String context, Bytes plain) {
          throw new IllegalStateException("a dry run keeps nothing");
        }

        @Override
        public Optional<Bytes> open(String context, Bytes sealed) {
          return Optional.empty();
        }
      };

  private static final String CLOSED = "scope-closed";

  private final RecordLog log;
  private final Foundation foundation;
  private final Semaphore one = new Semaphore(1);

  TrafficDesk(RecordLog log, Foundation foundation) {
    this.log = log;
    this.foundation = foundation;
  }

  @Override
  public Outcome rehearse(SpiffeId who, Candidate candidate, Duration last) {
    if (!one.tryAcquire()) {
      return new Outcome.Busy();
    }
    try {
      Instant since = foundation.clock().instant().minus(last);
      var pass = new Pass(who, new PolicyRehearsal(candidate.policy()), since);
      pass.run();
      RehearsalCount count = pass.count;
      record(who, candidate, last, count);
      return count.judged() == 0 && pass.closed > 0
          ? new Outcome.NotGranted(pass.closed)
          : count.report(pass.unseen);
    } finally {
      one.release();
    }
  }

  private void record(SpiffeId who, Candidate candidate, Duration last, RehearsalCount count) {
    Map<String, String> details =
        Map.of(
            "sha256", Hash.sha256(candidate.document()).hex(),
            "seconds", Long.toString(last.toSeconds()),
            "judged", Long.toString(count.judged()),
            "refused", Long.toString(count.refused()));
    Instant now = foundation.clock().instant();
    foundation
        .ledger()
        .record(
            Event.of(
                "policy.rehearsed", now, who.tenant(), who.uri(), "policy/candidate", details));
  }

  /** One reading of the log. */
  private final class Pass {
    private final SpiffeId who;
    private final PolicyRehearsal rehearsal;
    private final Instant since;
    private final long began = System.nanoTime();
    private final RehearsalCount count = new RehearsalCount();
    private long seen;
    private long closed;
    private long unseen;

    Pass(SpiffeId who, PolicyRehearsal rehearsal, Instant since) {
      this.who = who;
      this.rehearsal = rehearsal;
      this.since = since;
    }

    void run() {
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        try (RecordOpener opener = opener(partition)) {
          run(partition, opener);
        }
      }
    }

    private RecordOpener opener(int partition) {
      return Openers.open(
          new Openers.Setup(
              partition,
              who,
              foundation.keys(),
              new RegisteredSealers(foundation.registry()),
              NO_STATE,
              foundation.clock()));
    }

    private void run(int partition, RecordOpener opener) {
      long next = log.start(partition);
      long end = log.end(partition);
      while (next < end && seen < ENTRIES_MAX && System.nanoTime() - began < NANOS_MAX) {
        List<RecordLog.Stored> entries = log.read(partition, next, READ_BYTES);
        if (entries.isEmpty()) {
          return;
        }
        entries.forEach(entry -> take(entry, opener));
        seen += entries.size();
        next = entries.getLast().offset() + 1;
      }
      unseen += Math.max(0, end - next);
    }

    private void take(RecordLog.Stored entry, RecordOpener opener) {
      switch (opened(entry, opener)) {
        case Opened.Announced _ -> {}
        // Of a lease that was announced before the log begins, among others: it tells nothing.
        case Opened.Rejected(String why) -> count.notJudged(why);
        case Opened.Closed closed -> {
          if (closed.scope().tenant().equals(who.tenant())) {
            this.closed++;
            count.notJudged(CLOSED);
          }
        }
        case Opened.Unavailable(String why) -> count.notJudged(why);
        case Opened.Authentic record -> {
          Origin origin = record.origin();
          if (origin.device().tenant().equals(who.tenant()) && !origin.received().isBefore(since)) {
            judge(entry, record);
          }
        }
      }
    }

    private static Opened opened(RecordLog.Stored entry, RecordOpener opener) {
      try {
        return opener.open(entry.body());
      } catch (UnavailableException e) {
        return new Opened.Unavailable("key-service-unreachable");
      }
    }

    private void judge(RecordLog.Stored entry, Opened.Authentic record) {
      Origin origin = record.origin();
      Optional<Identity> device = foundation.registry().view().byCredential(origin.credential());
      Optional<String> template = template(origin);
      if (device.isEmpty() || template.isEmpty()) {
        count.notJudged("device-or-policy-gone");
        return;
      }
      Optional<Why> why =
          rehearsal.judge(
              new PolicyRehearsal.Admitted(
                  device.get(),
                  PolicyRehearsal.topic(device.get(), template.get()),
                  origin,
                  record.payload()));
      if (why.isEmpty()) {
        count.taken();
        return;
      }
      String name = origin.device().name();
      count.refused(
          new RehearsalCount.Key(why.get(), origin.messageType(), template.get()),
          new Example(name, entry.partition() + ":" + entry.offset(), origin.received()));
    }

    // A record does not say its topic, but the policy that it was admitted under does.
    private Optional<String> template(Origin origin) {
      return foundation
          .registry()
          .policies()
          .version(who.tenant(), origin.policyVersion())
          .flatMap(policy -> policy.messageType(origin.messageType()))
          .map(MessageType::topicTemplate);
    }
  }
}
