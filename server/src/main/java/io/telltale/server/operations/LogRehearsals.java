package io.telltale.server.operations;

import io.telltale.admission.PolicyRehearsal;
import io.telltale.admission.RefusalReason;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.Openers;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.leases.StateSeal;
import io.telltale.log.RecordLog;
import io.telltale.record.Origin;
import io.telltale.roster.Identity;
import io.telltale.roster.MessageType;
import io.telltale.server.Foundation;
import io.telltale.server.RegisteredSealers;
import io.telltale.server.api.PolicyRehearsals;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the log again, which holds what came in the last hour at least, and asks a policy about it.
 * Opens records on the grants of who asks, never on the pipeline's, and takes none of them.
 */
final class LogRehearsals implements PolicyRehearsals {
  private static final long ENTRIES_MAX = 1_000_000;
  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
  private static final long SEARCH_NANOS_MAX = TimeUnit.SECONDS.toNanos(8);
  // So many show how fast it goes; a log with no more is read whole.
  private static final long FIRST_ENTRIES = 65_536;
  // The first of a lease after entries that were passed over cannot be told from one after a hole.
  private static final String AFTER_GAP = "record-after-gap";
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

  LogRehearsals(RecordLog log, Foundation foundation) {
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
          : count.report(pass.sample.seen() - pass.passedOver, pass.sample.entries());
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

  /**
   * One reading of the log: all of it, or where it is too long for that some blocks from all of it
   * and then, as fast as those went, as many as there is time for.
   */
  private final class Pass {
    private final SpiffeId who;
    private final PolicyRehearsal rehearsal;
    private final Instant since;
    private final long began = System.nanoTime();
    private final RehearsalCount count = new RehearsalCount();
    private final LogSample sample = new LogSample(log);
    private long closed;
    private long passedOver;
    private boolean partly;
    private boolean foundOld;
    private boolean foundNew;

    Pass(SpiffeId who, PolicyRehearsal rehearsal, Instant since) {
      this.who = who;
      this.rehearsal = rehearsal;
      this.since = since;
    }

    void run() {
      sample.search(() -> spent() < SEARCH_NANOS_MAX);
      long first = sample.stride(FIRST_ENTRIES);
      partly = first > 1;
      long before = spent();
      run(first, 0);
      if (partly) {
        long nanos = Math.max(1, spent() - before);
        // Four fifths of what the time is for, so that no partition comes off worse.
        double rest = 0.8 * sample.seen() * (NANOS_MAX - spent()) / nanos;
        run(sample.stride((long) Math.clamp(rest, 1, ENTRIES_MAX)), first);
      }
    }

    private long spent() {
      return System.nanoTime() - began;
    }

    /** {@code done} is the stride of the blocks that were looked at before, or 0. */
    private void run(long stride, long done) {
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        try (RecordOpener opener = opener(partition)) {
          long next = 0;
          for (LogSample.Block block : sample.blocks(partition, stride, done)) {
            if (spent() > NANOS_MAX) {
              return;
            }
            announce(partition, next, block.from(), opener);
            run(block, opener);
            next = block.to();
          }
        }
      }
    }

    private void announce(int partition, long from, long to, RecordOpener opener) {
      for (long offset : sample.announcements(partition, from, to)) {
        sample.read(partition, offset, offset + 1).forEach(entry -> opened(entry, opener));
      }
    }

    private void run(LogSample.Block block, RecordOpener opener) {
      foundOld = false;
      foundNew = false;
      sample
          .read(block.partition(), block.from(), block.to())
          .forEach(entry -> take(entry, opener));
      sample.looked(block);
      if (foundOld && !foundNew) {
        sample.tooOldBefore(block.partition(), block.to());
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

    private void take(RecordLog.Stored entry, RecordOpener opener) {
      Opened opened = opened(entry, opener);
      if (opened instanceof Opened.Authentic record) {
        Origin origin = record.origin();
        boolean old = origin.received().isBefore(since);
        foundOld |= old;
        foundNew |= !old;
        if (!old && origin.device().tenant().equals(who.tenant())) {
          judge(entry, record);
        }
      } else if (!(opened instanceof Opened.Announced)) {
        // Whose it is, its lease says; without one it tells nobody anything.
        opener
            .scope(entry.body())
            .filter(scope -> scope.tenant().equals(who.tenant()))
            .ifPresent(scope -> notJudged(opened));
      }
    }

    private void notJudged(Opened opened) {
      switch (opened) {
        case Opened.Rejected(String why) when partly && why.equals(AFTER_GAP) -> passedOver++;
        case Opened.Rejected(String why) -> count.notJudged(why);
        case Opened.Unavailable(String why) -> count.notJudged(why);
        case Opened.Closed _ -> {
          closed++;
          count.notJudged(CLOSED);
        }
        case Opened.Announced _, Opened.Authentic _ -> {}
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
      Optional<Identity> device = foundation.registry().owner(origin.credential());
      Optional<String> template = template(origin);
      if (device.isEmpty() || template.isEmpty()) {
        count.notJudged("device-or-policy-gone");
        return;
      }
      count.received(origin.received());
      Optional<RefusalReason> why =
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
