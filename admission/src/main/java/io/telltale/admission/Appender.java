package io.telltale.admission;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.SealerRun;
import io.telltale.log.RecordLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Collects what one event loop sealed during a pass, appends it as one batch, and settles each
 * record on the loop once the log has spoken. Batches settle in the order of their appends.
 */
final class Appender {
  private static final int BATCH_ENTRIES_MAX = 2_048;
  private static final long BATCH_BYTES_MAX = 4L << 20;

  private final RecordLog log;
  private final Counters counters;
  private final RecordSealer sealer;
  private final Executor loop;
  private final long inFlightBytesMax;
  private final Runnable relief;
  private final ArrayDeque<Batch> sent = new ArrayDeque<>();
  private Batch collecting = new Batch();
  private long inFlightBytes;
  private boolean congested;

  private static final class Batch {
    final List<RecordLog.Entry> entries = new ArrayList<>();
    final List<InFlight> records = new ArrayList<>();
    // Where in the entries each record is: announcements stand between them.
    final List<Integer> places = new ArrayList<>();
    final List<SealerRun> runs = new ArrayList<>();
    long bytes;
    @Nullable CompletableFuture<long[]> outcome;
  }

  /** {@code relief} is called on the loop when {@link #congested} turns false again. */
  Appender(AdmissionParts parts, RecordSealer sealer, Executor loop, Runnable relief) {
    this.log = parts.log();
    this.counters = parts.counters();
    this.sealer = sealer;
    this.loop = loop;
    this.inFlightBytesMax = parts.limits().inFlightBytesMax();
    this.relief = relief;
  }

  void add(InFlight record, int partition, RecordSealer.Sealed.Ready sealed) {
    long bytes = record.submission().payload().size();
    for (Bytes entry : sealed.entries()) {
      collecting.entries.add(new RecordLog.Entry(partition, entry));
      bytes += entry.size();
    }
    collecting.records.add(record);
    collecting.places.add(collecting.entries.size() - 1);
    collecting.runs.add(sealed.run());
    record.bytes(bytes);
    collecting.bytes += bytes;
    inFlightBytes += bytes;
    congested |= inFlightBytes >= inFlightBytesMax;
    if (collecting.entries.size() >= BATCH_ENTRIES_MAX || collecting.bytes >= BATCH_BYTES_MAX) {
      flush();
    }
  }

  void flush() {
    if (collecting.records.isEmpty()) {
      return;
    }
    Batch batch = collecting;
    collecting = new Batch();
    CompletableFuture<long[]> outcome = log.append(batch.entries);
    batch.outcome = outcome;
    sent.add(batch);
    var _ = outcome.whenComplete((offsets, failure) -> loop.execute(this::settleFinished));
  }

  boolean congested() {
    return congested;
  }

  /** As {@link #congested}, and a quarter as much again. */
  boolean crowded() {
    return inFlightBytes >= inFlightBytesMax + inFlightBytesMax / 4;
  }

  boolean full() {
    return inFlightBytes >= 2 * inFlightBytesMax;
  }

  long inFlightBytes() {
    return inFlightBytes;
  }

  boolean idle() {
    return sent.isEmpty() && collecting.records.isEmpty();
  }

  private void settleFinished() {
    Batch batch = sent.peek();
    while (batch != null && batch.outcome != null && batch.outcome.isDone()) {
      sent.remove();
      if (batch.outcome.isCompletedExceptionally()) {
        failAll(batch);
      } else {
        succeed(batch, batch.outcome.join());
      }
      batch = sent.peek();
    }
    if (congested && inFlightBytes < inFlightBytesMax / 2) {
      congested = false;
      relief.run();
    }
  }

  private void succeed(Batch batch, long[] offsets) {
    inFlightBytes -= batch.bytes;
    counters.add(Admission.OUTCOMES, "admitted", batch.records.size());
    for (int i = 0; i < batch.records.size(); i++) {
      InFlight record = batch.records.get(i);
      int place = batch.places.get(i);
      long offset = offsets[place];
      // Before anybody is answered: what is acknowledged is stated within the second.
      batch.runs.get(i).durable(batch.entries.get(place).partition(), offset);
      if (record.sequence() != InFlight.NO_SEQUENCE) {
        record.device().window().commit(record, offset);
      }
      record.session().closed(record);
      record.settle(new Outcome.Admitted(batch.entries.get(place).partition(), offset));
    }
  }

  // Every record sealed after the failed one under the same leases may stand behind a gap in the
  // counters, and the pipeline would reject it: so none of them may be acknowledged, whatever the
  // log says of its own append. The devices send them again.
  private void failAll(Batch failed) {
    sealer.retire();
    fail(failed);
    Batch batch = sent.poll();
    while (batch != null) {
      fail(batch);
      batch = sent.poll();
    }
    Batch unsent = collecting;
    collecting = new Batch();
    fail(unsent);
  }

  private void fail(Batch batch) {
    inFlightBytes -= batch.bytes;
    counters.add(Admission.OUTCOMES, "unavailable", batch.records.size());
    for (InFlight record : batch.records) {
      if (record.sequence() != InFlight.NO_SEQUENCE) {
        record.device().window().rollback(record);
      }
      record.session().closed(record);
      record.settle(new Outcome.Unavailable("the log did not take the record"));
    }
  }
}
