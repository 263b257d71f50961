package io.telltale.doors.session;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.telltale.admission.Admission;
import io.telltale.admission.DeviceContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop does for all its sessions together: its admission, one append per read pass,
 * one flush per channel after a batch is durable, one clock for every timeout, and the pauses when
 * too much is in flight: of the busiest first. Used on the loop only.
 */
public final class LoopWork {
  static final int TICK_MILLIS = 250;
  private static final int SWAPS_A_STEP = 128;

  private final EventLoop loop;
  private final InstantSource clock;
  private final Admission admission;
  private final Set<DeviceLink> sessions = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<DeviceLink> unflushed = new ArrayList<>();
  private final ScheduledFuture<?> ticking;
  private final Executor aside;

  /** Counts the rounds of looking again: a later one makes an earlier one needless. */
  private final AtomicInteger round = new AtomicInteger();

  private boolean appendScheduled;
  private boolean congested;
  private boolean crowded;
  private boolean ending;
  private int tick;

  /** {@code aside} works out what would hold up the loop. */
  public LoopWork(EventLoop loop, Admission admission, InstantSource clock, Executor aside) {
    this.clock = clock;
    this.aside = aside;
    this.loop = loop;
    this.admission = admission;
    this.admission.onRelief(this::relieve);
    this.ticking =
        loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  static int ticks(java.time.Duration duration) {
    return (int) Math.max(1, duration.toMillis() / TICK_MILLIS);
  }

  public Admission admission() {
    return admission;
  }

  /** The loop's coarse clock. */
  int now() {
    return tick;
  }

  public void add(DeviceLink link) {
    sessions.add(link);
    if (crowded) {
      link.pause(DeviceLink.CONGESTED);
    }
  }

  void remove(DeviceLink link) {
    sessions.remove(link);
  }

  public List<DeviceLink> sessions() {
    return List.copyOf(sessions);
  }

  /** {@code link} has submitted something; its share of what is in flight is watched. */
  void submitted(DeviceLink link) {
    submitted();
    if (congested) {
      easeOff(link);
    }
  }

  /** Something was submitted: appended together with everything else of this pass of the loop. */
  public void submitted() {
    if (!appendScheduled) {
      appendScheduled = true;
      loop.execute(this::append);
    }
    if (!congested && admission.congested()) {
      congested = true;
      sessions.forEach(this::easeOff);
    }
    if (congested && !crowded && admission.crowded()) {
      crowded = true;
      sessions.forEach(link -> link.pause(DeviceLink.CONGESTED));
    }
  }

  // Where nobody has a share, it is of sessions that have ended, and all are paused a little later.
  private void easeOff(DeviceLink link) {
    if (link.inFlightBytes() >= admission.share(sessions.size())) {
      link.pause(DeviceLink.CONGESTED);
    }
  }

  private void append() {
    appendScheduled = false;
    admission.flush();
  }

  private void relieve() {
    congested = false;
    crowded = false;
    sessions().forEach(link -> link.resume(DeviceLink.CONGESTED));
  }

  /**
   * From any thread: every link looks at the view and the policy again. What it may do then is
   * worked out beside the loop, which only swaps, some sessions at a time.
   */
  public void lookAgain() {
    if (loop.isShuttingDown()) {
      return;
    }
    int mine = round.incrementAndGet();
    // Whoever comes later looks by itself.
    loop.execute(
        () -> {
          List<DeviceLink> all = sessions();
          aside.execute(() -> workOut(all, mine));
        });
  }

  private void workOut(List<DeviceLink> all, int mine) {
    for (int from = 0; from < all.size(); from += SWAPS_A_STEP) {
      var steps = new ArrayList<Runnable>(SWAPS_A_STEP);
      for (DeviceLink link : all.subList(from, Math.min(from + SWAPS_A_STEP, all.size()))) {
        if (round.get() != mine) {
          return;
        }
        steps.add(step(link));
      }
      if (loop.isShuttingDown()) {
        return;
      }
      loop.execute(() -> steps.forEach(Runnable::run));
    }
  }

  // Of a link that has changed meanwhile the loop knows better, and to end one is its decision.
  private static Runnable step(DeviceLink link) {
    DeviceContext before = link.context();
    Optional<DeviceContext> next = link.isOver() ? Optional.empty() : link.now();
    return () -> {
      if (link.isOver()) {
        return;
      }
      if (next.isEmpty()) {
        var _ = link.look();
      } else if (link.context() == before) {
        link.swap(next.get());
      }
    };
  }

  /** {@code link} has written acknowledgements: flushed once, after all of this batch. */
  void written(DeviceLink link) {
    unflushed.add(link);
    if (unflushed.size() == 1) {
      loop.execute(this::flushAll);
    }
  }

  private void flushAll() {
    unflushed.forEach(DeviceLink::flush);
    unflushed.clear();
  }

  private void tick() {
    tick++;
    long nowMillis = clock.millis();
    @Nullable List<DeviceLink> over = null;
    for (DeviceLink link : sessions) {
      if (link.overdue(tick, nowMillis)) {
        if (over == null) {
          over = new ArrayList<>();
        }
        over.add(link);
      }
    }
    if (over != null) {
      over.forEach(DeviceLink::closeOverdue);
    }
  }

  /** The door closes: nothing more is read. */
  public void end() {
    ending = true;
    sessions.forEach(link -> link.pause(DeviceLink.ENDING));
  }

  public boolean isEnding() {
    return ending;
  }

  public void close() {
    ticking.cancel(false);
    admission.close();
  }
}
