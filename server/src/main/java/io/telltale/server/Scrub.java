package io.telltale.server;

import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Halts;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.ledger.EventSink;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads everything that the data folder holds again while the server runs, over and over: a step,
 * then a rest, and hours of rest when it is through. What is not as it was written is looked at
 * twice, since a file may have been let go of in between, and then named in status, log, metrics
 * and ledger. Has a thread of its own; memory for one step.
 */
final class Scrub implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Scrub.class.getName());
  private static final Duration FIRST_AFTER = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofHours(6);

  /** Of one check; more of them say nothing new. */
  private static final int TOLD_MAX = 16;

  private final Function<BooleanSupplier, List<Part>> parts;
  private final Watch watch;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().daemon(true).name("scrub").unstarted(this::loop);
  private final Set<Finding> told = new HashSet<>();

  /**
   * One kind of store.
   *
   * @param found what else is done about what was found
   */
  record Part(StoreCheck check, Consumer<List<Finding>> found) {}

  /** Who is told. */
  record Watch(
      Halts halts, Metrics metrics, EventSink ledger, SpiffeId self, InstantSource clock) {}

  /**
   * @param parts what is read, one after the other; a check that takes long asks whether to go on
   */
  Scrub(Function<BooleanSupplier, List<Part>> parts, Watch watch) {
    this.parts = parts;
    this.watch = watch;
  }

  /** From now on, slowly. */
  void start() {
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
  void readAtOnce() {
    read(_ -> closed.getCount() > 0);
  }

  private synchronized void read(Pace pace) {
    for (Part part : parts.apply(() -> pace.rest(0))) {
      String name = part.check().name();
      try {
        if (!read(part, pace)) {
          return;
        }
        watch.halts().goesOn(Halts.Kind.UPKEEP, "scrub " + name);
      } catch (RuntimeException | Error e) {
        if (closed.getCount() == 0) {
          return;
        }
        // Says nothing about what is there; the others are read, and this one the next time.
        LOG.log(System.Logger.Level.ERROR, "scrub.failed part=" + name, e);
        watch.halts().tell(Halts.Kind.UPKEEP, "scrub " + name, 1, e.toString());
      }
    }
    watch.metrics().add("scrub.rounds", "whole", 1);
  }

  /** False when it was ended. */
  private boolean read(Part part, Pace pace) {
    var all = new ArrayList<Finding>();
    long count = 0;
    Optional<StoreCheck.Step> step = Optional.empty();
    while (step.isEmpty() || !step.get().last()) {
      if (step.isPresent() && !pace.rest(step.get().bytes())) {
        return false;
      }
      String from = step.map(StoreCheck.Step::position).orElse(StoreCheck.BEGINNING);
      step = Optional.of(part.check().next(from));
      watch.metrics().add("scrub.bytes", part.check().name(), step.get().bytes());
      List<Finding> found = lasting(part.check(), from, step.get().findings());
      if (!found.isEmpty()) {
        count += found.size();
        found.stream().limit(TOLD_MAX - all.size()).forEach(all::add);
        tell(part, all, count);
      }
    }
    if (count == 0) {
      watch.halts().goesOn(Halts.Kind.DAMAGED, part.check().name());
    }
    return true;
  }

  private static List<Finding> lasting(StoreCheck check, String from, List<Finding> findings) {
    if (findings.isEmpty()) {
      return List.of();
    }
    List<Finding> again = check.next(from).findings();
    return findings.stream().filter(again::contains).toList();
  }

  private void tell(Part part, List<Finding> all, long count) {
    String name = part.check().name();
    watch.halts().tell(Halts.Kind.DAMAGED, name, count, all.getFirst().text());
    for (Finding finding : all) {
      if (told.size() < TOLD_MAX * 16 && told.add(finding)) {
        LOG.log(
            System.Logger.Level.ERROR, "scrub.found part={0} what=\"{1}\"", name, finding.text());
        watch.metrics().add("scrub.found", name, 1);
        record(name, finding);
      }
    }
    part.found().accept(List.copyOf(all));
  }

  private void record(String name, Finding finding) {
    try {
      watch
          .ledger()
          .record(
              Event.of(
                  "store.damaged",
                  watch.clock().instant(),
                  TenantId.DEFAULT,
                  watch.self().uri(),
                  "store/" + name,
                  Map.of("where", finding.where(), "what", finding.what())));
    } catch (UnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "scrub.unrecorded part=" + name, e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      // What it reads is let go of after this.
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
