package io.telltale.server.checks;

import io.telltale.db.CheckPace;
import io.telltale.kernel.EventSink;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Halts;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.StoreCheck;
import io.telltale.server.metrics.Metrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads everything that the data folder holds again while the server runs, over and over: a step,
 * then a rest, and hours of rest when it is through. What is not as it was written is looked at
 * twice, since a file may have been let go of in between, and then named in status, log, metrics
 * and ledger. Has a thread of its own; memory for one step.
 */
public final class Scrub implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Scrub.class.getName());
  private static final Duration FIRST_AFTER = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofHours(6);
  // As long as a disk may take to say that it does not give one file.
  private static final Duration END_MAX = Duration.ofSeconds(10);

  private final Function<CheckPace, List<Part>> parts;
  private final Watch watch;
  private final Damages damages;
  private final ScrubPlace place;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().daemon(true).name("scrub").unstarted(this::loop);

  /** What serves nobody any more until a restart, by part, and why. */
  private final Map<String, String> condemned = new HashMap<>();

  /**
   * One kind of store.
   *
   * @param condemn takes it out of service for what was read and is wrong; empty where each use
   *     finds out by itself
   */
  public record Part(StoreCheck check, Optional<Consumer<List<Finding>>> condemn) {
    Part(StoreCheck check) {
      this(check, Optional.empty());
    }

    Part(StoreCheck check, Consumer<List<Finding>> condemn) {
      this(check, Optional.of(condemn));
    }
  }

  /** Who is told. */
  public record Watch(
      Halts halts, Metrics metrics, EventSink ledger, SpiffeId self, InstantSource clock) {}

  /** What the reading of one part has come to. */
  private static final class Running {
    private final Part part;
    private long count;
    private boolean unread;
    private String untold = "";
    private String first = "";

    Running(Part part) {
      this.part = part;
    }

    String name() {
      return part.check().name();
    }
  }

  /**
   * @param parts what is read, one after the other; a check that takes long asks whether to go on
   */
  public Scrub(Function<CheckPace, List<Part>> parts, Watch watch, ScrubPlace place) {
    this.parts = parts;
    this.place = place;
    this.watch = watch;
    this.damages = new Damages(watch);
  }

  /** From now on, slowly. */
  public void start() {
    thread.start();
  }

  private void loop() {
    try {
      for (Duration rest = FIRST_AFTER;
          !closed.await(rest.toSeconds(), TimeUnit.SECONDS);
          rest = PAUSE) {
        read(new SlowPace(closed));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All of it once without a rest: for tests. */
  public void readAtOnce() {
    read(
        new Pace() {
          @Override
          public boolean rest(long bytes) {
            return goesOn();
          }

          @Override
          public boolean goesOn() {
            return isOpen();
          }

          @Override
          public boolean restBeforeSecondLook() {
            return goesOn();
          }
        });
  }

  private boolean isOpen() {
    return closed.getCount() > 0;
  }

  private static CheckPace within(Pace pace) {
    return new CheckPace() {
      @Override
      public boolean goesOn() {
        return pace.rest(0);
      }

      @Override
      public boolean goesOnAtOnce() {
        return pace.goesOn();
      }
    };
  }

  synchronized void read(Pace pace) {
    boolean whole = true;
    for (Part part : place.order(parts.apply(within(pace)))) {
      var running = new Running(part);
      try {
        if (!read(running, pace)) {
          return;
        }
        whole &= !running.unread && running.untold.isEmpty();
        // None is that it goes on.
        watch
            .halts()
            .tell(
                Halts.Kind.UPKEEP,
                "scrub " + running.name(),
                running.untold.isEmpty() ? 0 : 1,
                running.untold);
      } catch (RuntimeException | Error e) {
        if (!isOpen()) {
          return;
        }
        // Says nothing about what is there; the others are read, and this one the next time.
        whole = false;
        LOG.log(System.Logger.Level.ERROR, "scrub.failed part=" + running.name(), e);
        watch.halts().tell(Halts.Kind.UPKEEP, "scrub " + running.name(), 1, Finding.causes(e));
      }
    }
    watch.metrics().add("scrub.rounds", whole ? "whole" : "partial", 1);
  }

  /** False when it was ended. */
  private boolean read(Running running, Pace pace) {
    StoreCheck check = running.part.check();
    String begin = place.begin(running.name());
    Optional<StoreCheck.Step> step = Optional.empty();
    while (step.isEmpty() || !step.get().last()) {
      if (step.isPresent() && !pace.rest(step.get().bytes())) {
        return false;
      }
      String from = step.map(StoreCheck.Step::position).orElse(begin);
      step = Optional.of(step.isEmpty() ? first(check, from) : check.next(from, this::isOpen));
      watch.metrics().add("scrub.bytes", running.name(), step.get().bytes());
      if (!look(running, from, step.get().findings(), pace)) {
        return false;
      }
      // What is damaged is named again soon after a restart: it goes on no further than there.
      if (running.count == 0) {
        place.reached(step.get().position());
      }
    }
    place.ended(running.untold.isEmpty() ? Optional.of(watch.clock().instant()) : Optional.empty());
    if (running.count == 0) {
      allIsWell(running.name());
    }
    return true;
  }

  // The place may be of another version, or damaged.
  private StoreCheck.Step first(StoreCheck check, String from) {
    try {
      return check.next(from, this::isOpen);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      if (from.isEmpty()) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "scrub.place_lost part=" + check.name(), e);
      return check.next(StoreCheck.BEGINNING, this::isOpen);
    }
  }

  private void allIsWell(String name) {
    String why = condemned.get(name);
    if (why == null) {
      watch.halts().goesOn(Halts.Kind.DAMAGED, name);
    } else {
      // What is served to nobody must not look as if all were well.
      watch
          .halts()
          .tell(
              Halts.Kind.DAMAGED,
              name,
              1,
              "it is read as it was written now, but is not trusted until the server is restarted,"
                  + " since it was found damaged: "
                  + why);
    }
  }

  /** Tells what lasts; false when it was ended. */
  private boolean look(Running running, String from, List<Finding> all, Pace pace) {
    all.stream().filter(Finding::isUntold).forEach(one -> running.untold = one.text());
    List<Finding> found = all.stream().filter(finding -> !finding.isUntold()).toList();
    boolean fresh = found.stream().anyMatch(finding -> !damages.isKnown(finding));
    List<Finding> lasting = found;
    if (fresh) {
      boolean condemns =
          running.part.condemn().isPresent() && !condemned.containsKey(running.name());
      if (condemns && !pace.restBeforeSecondLook()) {
        return false;
      }
      List<Finding> again = running.part.check().next(from, this::isOpen).findings();
      lasting = found.stream().filter(one -> again.stream().anyMatch(one::same)).toList();
    }
    if (!isOpen()) {
      // What a store looks like that is being closed is not what it is.
      return found.isEmpty();
    }
    if (!lasting.isEmpty()) {
      tell(running, lasting);
    }
    return true;
  }

  private void tell(Running running, List<Finding> found) {
    String name = running.name();
    running.first = running.count == 0 ? found.getFirst().text() : running.first;
    running.count += found.size();
    running.unread |= found.stream().anyMatch(finding -> !finding.wasRead());
    watch.halts().tell(Halts.Kind.DAMAGED, name, running.count, running.first);
    found.stream().takeWhile(_ -> isOpen()).forEach(finding -> damages.name(name, finding));
    // Who meets what the disk does not give is told so by the disk; it may come back.
    List<Finding> wrong = found.stream().filter(Finding::wasRead).toList();
    if (running.part.condemn().isPresent() && !wrong.isEmpty()) {
      condemned.putIfAbsent(name, wrong.getFirst().text());
      running.part.condemn().get().accept(wrong);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      // What it reads is let go of after this.
      if (thread.isAlive() && !thread.join(END_MAX)) {
        LOG.log(System.Logger.Level.WARNING, "scrub.not_ended {0}", place.shown());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    place.write();
  }
}
