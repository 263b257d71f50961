package io.telltale.logembedded;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes: takes all batches that wait, writes them as one group, forces it
 * once, and only then completes their futures.
 */
final class GroupWriter {
  private static final Logger LOG = System.getLogger("io.telltale.log");
  private static final int GROUP_BYTES_MAX = 8 << 20;
  private static final int GROUP_APPENDS_MAX = 16_384;
  private static final int LARGE_BYTES = 256 << 10;
  private static final long LOOK_MILLIS_MIN = 5;
  private static final long LOOK_MILLIS_MAX = 200;

  private final EmbeddedLogConfig config;
  private final ActiveSegment segment;
  private final SpaceGuard space;
  private final LinkedBlockingQueue<Append> queue = new LinkedBlockingQueue<>();
  private final AtomicInteger queuedBytes = new AtomicInteger();
  private final Append wake = new Append(List.of(), 0);
  private final Thread thread;
  // Of the writer thread.
  private final Linger linger = new Linger(LockSupport::parkNanos);
  private long groupBytes;
  // Taken from the queue, and too large for the group before.
  private @Nullable Append leftOver;
  private long lookMillis = LOOK_MILLIS_MAX;
  private volatile boolean closing;
  private volatile boolean broken;
  private volatile String failure = "";
  private volatile boolean roomy;

  GroupWriter(EmbeddedLogConfig config, ActiveSegment segment) {
    this.config = config;
    this.segment = segment;
    this.space = new SpaceGuard(config);
    this.roomy = space.isRoomy();
    this.thread = Thread.ofPlatform().name("log-writer").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean accepts() {
    return roomy && !broken && !closing;
  }

  String trouble() {
    if (closing) {
      return "closed";
    }
    if (!roomy) {
      return "disk full: less than %d MiB were free in %s; make room, it goes on with %d MiB"
              .formatted(config.freeBytesLow() >> 20, config.folder(), config.freeBytesHigh() >> 20)
          + " (disk.free-low-mib, disk.free-high-mib)";
    }
    return broken ? "disk failing: " + failure : "";
  }

  CompletableFuture<long[]> append(Append append) {
    if (!accepts()) {
      return refused(closing ? "the log is closed" : "the log's disk is full or failing");
    }
    if (queuedBytes.addAndGet(append.bytes) > config.queuedBytesMax()) {
      queuedBytes.addAndGet(-append.bytes);
      return refused("too much waits for the log's disk");
    }
    queue.add(append);
    // The thread may have ended between the check above and the line before.
    if (closing && !thread.isAlive() && queue.remove(append)) {
      return refused("the log is closed");
    }
    return append.outcome;
  }

  private static CompletableFuture<long[]> refused(String why) {
    return CompletableFuture.failedFuture(new UnavailableException("appending: " + why));
  }

  private void run() {
    var group = new ArrayList<Append>();
    while (!closing || !queue.isEmpty() || leftOver != null) {
      try {
        gather(group);
        look();
        if (!group.isEmpty()) {
          commit(group);
        }
      } catch (InterruptedException e) {
        closing = true;
      } catch (RuntimeException | Error e) {
        fail(group, e);
      } finally {
        group.clear();
      }
    }
  }

  private void gather(List<Append> group) throws InterruptedException {
    Append first = leftOver != null ? leftOver : queue.poll(lookMillis, TimeUnit.MILLISECONDS);
    leftOver = null;
    groupBytes = 0;
    if (first == null) {
      return;
    }
    add(first, group);
    var _ = drain(group);
    if (!group.isEmpty() && accepts()) {
      linger.gather(() -> drain(group), () -> isEnough(group));
    }
  }

  /** Takes what waits, as far as it fits; how many appends that were. */
  private int drain(List<Append> group) {
    int before = group.size();
    while (leftOver == null && group.size() < GROUP_APPENDS_MAX) {
      Append next = queue.poll();
      if (next == null) {
        break;
      }
      add(next, group);
    }
    return group.size() - before;
  }

  private void add(Append next, List<Append> group) {
    if (next == wake) {
      return;
    }
    if (!group.isEmpty() && groupBytes + next.bytes > GROUP_BYTES_MAX) {
      leftOver = next;
      return;
    }
    groupBytes += next.bytes;
    group.add(next);
  }

  private boolean isEnough(List<Append> group) {
    return closing
        || leftOver != null
        || groupBytes >= LARGE_BYTES
        || group.size() >= GROUP_APPENDS_MAX;
  }

  /** Notices a disk that fills up, has room again, or is well again. */
  private void look() {
    boolean roomyNow = space.isRoomyFor(groupBytes);
    if (roomyNow != roomy) {
      roomy = roomyNow;
      LOG.log(Level.WARNING, roomyNow ? "log.space.enough" : "log.space.low");
    }
    if (broken && roomyNow) {
      try {
        segment.repair();
        broken = false;
        lookMillis = LOOK_MILLIS_MAX;
        LOG.log(Level.INFO, "log.recovered");
      } catch (IOException e) {
        lookMillis = Math.min(LOOK_MILLIS_MAX, lookMillis * 2);
        LOG.log(Level.DEBUG, "log.recovery.failed", e);
      }
    }
  }

  private void commit(List<Append> group) {
    if (broken || !roomy) {
      refuse(group, new UnavailableException("appending: the log's disk is full or failing"));
      return;
    }
    try {
      int bytes = SegmentFormat.GROUP_BYTES + (int) groupBytes;
      if (segment.isFull(config.segmentBytes(), bytes)) {
        segment.roll();
      }
      segment.write(group);
    } catch (IOException e) {
      fail(group, e);
      return;
    }
    for (Append append : group) {
      queuedBytes.addAndGet(-append.bytes);
      append.outcome.complete(append.offsets);
    }
  }

  private void fail(List<Append> group, Throwable cause) {
    failure = String.valueOf(cause.getMessage());
    broken = true;
    lookMillis = LOOK_MILLIS_MIN;
    LOG.log(Level.ERROR, "log.write.failed why={0}", cause.toString());
    refuse(group, new UnavailableException("writing the log", cause));
  }

  private void refuse(List<Append> group, UnavailableException why) {
    for (Append append : group) {
      queuedBytes.addAndGet(-append.bytes);
      append.outcome.completeExceptionally(why);
    }
  }

  /** Whether everything that was written is known to be on the disk, and nothing beside it. */
  boolean isWhole() {
    return !broken;
  }

  /** Refuses new batches, writes those that wait, ends the thread. */
  void close() {
    closing = true;
    queue.add(wake);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    for (Append late = queue.poll(); late != null; late = queue.poll()) {
      late.outcome.completeExceptionally(new UnavailableException("appending: the log is closed"));
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
