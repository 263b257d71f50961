package io.telltale.doors;

import io.netty.util.concurrent.EventExecutor;
import io.telltale.kernel.Counters;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks every event loop again and again for a sign of life. One that gives none for seconds is
 * named with its stack; one that gives none for much longer ends the process, so that a supervisor
 * starts it again: its devices have no other way to be heard. Thread-safe.
 */
public final class LoopWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LoopWatch.class.getName());
  private static final int LOOK_MILLIS = 500;
  private static final int FRAMES_MAX = 24;

  private final List<Beat> beats;
  private final Terms terms;
  private final Counters counters;
  private final Runnable end;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile List<Stuck> stuck = List.of();

  /**
   * @param namedAfter silence after which a loop is named
   * @param endAfter silence after which the process ends; zero for never
   */
  public record Terms(Duration namedAfter, Duration endAfter) {}

  /** A thread that does not come back, how long already, and where it is. */
  public record Stuck(String thread, Duration since, String stack) {}

  private static final class Beat implements Runnable {
    private final EventExecutor loop;
    private volatile @Nullable Thread thread;
    private volatile boolean answered = true;
    // Counted in our own looks: a process that stood still as a whole has no stuck loop.
    private int missed;
    private boolean named;

    private Beat(EventExecutor loop) {
      this.loop = loop;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      answered = true;
    }
  }

  private LoopWatch(List<EventLoops> loops, Terms terms, Counters counters, Runnable end) {
    this.beats = loops.stream().flatMap(one -> one.executors().stream()).map(Beat::new).toList();
    this.terms = terms;
    this.counters = counters;
    this.end = end;
  }

  /** Watches from now on; {@code end} ends the process and is called by a thread of ours. */
  public static LoopWatch start(
      List<EventLoops> loops, Terms terms, Counters counters, Runnable end) {
    LoopWatch watch = still(loops, terms, counters, end);
    Thread.ofPlatform().name("loop-watch").daemon(true).start(watch::watch);
    return watch;
  }

  /** One that looks when it is told to. */
  static LoopWatch still(List<EventLoops> loops, Terms terms, Counters counters, Runnable end) {
    return new LoopWatch(loops, terms, counters, end);
  }

  /** Who is stuck now. */
  public List<Stuck> stuck() {
    return stuck;
  }

  private void watch() {
    try {
      while (!closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void look() {
    stuck = beats.stream().filter(this::isStuck).map(LoopWatch::describe).toList();
    for (Stuck one : stuck) {
      if (!terms.endAfter().isZero() && one.since().compareTo(terms.endAfter()) >= 0) {
        LOG.log(
            System.Logger.Level.ERROR,
            "loop.ends_process thread={0} seconds={1,number,#} stack={2}",
            one.thread(),
            one.since().toSeconds(),
            one.stack());
        end.run();
        return;
      }
    }
  }

  private boolean isStuck(Beat beat) {
    // What one takes in while it ends may never run.
    if (beat.answered || beat.loop.isShuttingDown()) {
      if (beat.named) {
        LOG.log(System.Logger.Level.WARNING, "loop.goes_on thread={0}", describe(beat).thread());
      }
      beat.missed = 0;
      beat.named = false;
      ask(beat);
      return false;
    }
    beat.missed++;
    if (since(beat).compareTo(terms.namedAfter()) < 0) {
      return false;
    }
    if (!beat.named) {
      beat.named = true;
      counters.count("loops", "stuck");
      Stuck one = describe(beat);
      LOG.log(
          System.Logger.Level.ERROR, "loop.stuck thread={0} stack={1}", one.thread(), one.stack());
    }
    return true;
  }

  private static void ask(Beat beat) {
    try {
      beat.answered = false;
      beat.loop.execute(beat);
    } catch (RejectedExecutionException e) {
      // It has ended, as it should at a shutdown.
      beat.answered = true;
    }
  }

  private static Duration since(Beat beat) {
    return Duration.ofMillis((long) beat.missed * LOOK_MILLIS);
  }

  private static Stuck describe(Beat beat) {
    Thread thread = beat.thread;
    return thread == null
        ? new Stuck("a loop that never began", since(beat), "")
        : new Stuck(thread.getName(), since(beat), stack(thread));
  }

  private static String stack(Thread thread) {
    var text = new StringBuilder();
    StackTraceElement[] frames = thread.getStackTrace();
    for (int i = 0; i < Math.min(frames.length, FRAMES_MAX); i++) {
      text.append(i == 0 ? "" : " < ").append(frames[i]);
    }
    return text.toString();
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
