package io.telltale.pipeline;

import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.intake.PartitionState;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.record.Origin;
import io.telltale.record.ReadingHash;
import io.telltale.roster.Identity;
import java.util.List;

/** Looks through what waits in the log, without taking any of it. */
final class LogTail {
  private final PipelineParts parts;
  private final StateStore store;
  private final ReadingHash readingHash;

  LogTail(PipelineParts parts, StateStore store) {
    this.parts = parts;
    this.store = store;
    this.readingHash = store.readingHash();
  }

  void each(ReplaySink sink) {
    List<PartitionState> positions = store.positions();
    SetAside aside = SetAside.load(parts.database(), parts.settings().setAsideBytesMax());
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      try (RecordOpener opener =
          parts
              .openers()
              .open(partition, positions.get(partition).openerState(), memory(partition))) {
        for (Scope scope : aside.scopes(partition)) {
          setAside(partition, scope, aside, opener, sink);
        }
        each(partition, positions.get(partition).next(), opener, sink);
      }
    }
  }

  // The worker judges, with what doors have stated; here too much is better than too little.
  private StoredLeases memory(int partition) {
    return new StoredLeases(store, parts.settings(), partition, any -> true);
  }

  private void each(int partition, long from, RecordOpener opener, ReplaySink sink) {
    long next = from;
    while (next < parts.log().end(partition)) {
      List<RecordLog.Stored> entries =
          parts.log().read(partition, next, parts.settings().readBytesMax());
      if (entries.isEmpty()) {
        return;
      }
      for (RecordLog.Stored entry : entries) {
        tell(entry, opener, sink);
      }
      next = entries.getLast().offset() + 1;
    }
  }

  // What was set aside of a lease comes before what the log has of it.
  private void setAside(
      int partition, Scope scope, SetAside aside, RecordOpener opener, ReplaySink sink) {
    long after = -1;
    List<RecordLog.Stored> page;
    do {
      page = aside.page(partition, scope, after, parts.settings().readBytesMax());
      for (RecordLog.Stored entry : page) {
        tell(entry, opener, sink);
        after = entry.offset();
      }
    } while (!page.isEmpty());
  }

  // What cannot be opened now has its key disabled; the pipeline's windows still catch it.
  private void tell(RecordLog.Stored entry, RecordOpener opener, ReplaySink sink) {
    if (opened(opener, entry) instanceof Opened.Authentic record
        && record.origin().sequence().isPresent()) {
      Origin origin = record.origin();
      sink.used(
          origin.deviceNumber(),
          enrolment(origin),
          origin.sequence().getAsLong(),
          readingHash.of(readingHash.label(origin.messageType()), record.payload()),
          entry.offset());
    }
  }

  private int enrolment(Origin origin) {
    return origin.enrolment() != Origin.UNNAMED
        ? origin.enrolment()
        : parts
            .devices()
            .owner(origin.credential())
            .map(Identity::enrolment)
            .orElse(DeviceWindows.Key.FIRST_ENROLMENT);
  }

  private static Opened opened(RecordOpener opener, RecordLog.Stored entry) {
    try {
      return opener.open(entry.body());
    } catch (UnavailableException e) {
      return new Opened.Unavailable("key-service-unreachable");
    }
  }
}
