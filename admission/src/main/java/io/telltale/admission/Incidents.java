package io.telltale.admission;

import io.telltale.kernel.Counters;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Carries signals of misbehaviour from the event loops to wherever events are kept. Never blocks a
 * loop: bounded, at most one of a type and subject in {@value #QUIET_SECONDS} seconds, and what
 * does not fit is counted and dropped, so that an attacker cannot flood the ledger.
 */
public final class Incidents implements AutoCloseable {
  private static final int WAITING_MAX = 1_024;
  private static final int REMEMBERED_MAX = 4_096;
  private static final int QUIET_SECONDS = 10;
  private static final System.Logger LOG = System.getLogger(Incidents.class.getName());

  private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Map<String, Long> lastMillis = new Recent<>();
  private final Map<String, Boolean> told = new Recent<>();
  private final Consumer<Event> sink;
  private final InstantSource clock;
  private final Counters counters;
  private final Thread carrier;
  private volatile boolean closing;

  /** Who did what to whom, and constants or figures that describe it. */
  public record Signal(
      String type, TenantId tenant, String actor, String subject, Map<String, String> details) {}

  /**
   * {@code sink} may block and may throw {@link UnavailableException}; it is called by a thread of
   * ours.
   */
  public Incidents(Consumer<Event> sink, InstantSource clock, Counters counters) {
    this.sink = sink;
    this.clock = clock;
    this.counters = counters;
    this.carrier = Thread.ofVirtual().name("incidents").start(this::carry);
  }

  /**
   * As {@link #report}, and only once of the same {@code what}, as far as the newest {@value
   * #REMEMBERED_MAX} are remembered: who repeats what was told has told nothing new.
   */
  public void reportOnce(Signal signal, String what) {
    String key = signal.type() + " " + signal.subject() + " " + what;
    synchronized (told) {
      if (told.containsKey(key)) {
        counters.count("incidents", signal.type());
      } else if (tell(signal)) {
        told.put(key, true);
      }
    }
  }

  public void report(Signal signal) {
    var _ = tell(signal);
  }

  /** False when it is too soon after another, or there is no room for it. */
  private boolean tell(Signal signal) {
    counters.count("incidents", signal.type());
    String key = signal.type() + " " + signal.subject();
    long now = clock.millis();
    synchronized (lastMillis) {
      Long last = lastMillis.get(key);
      // Either way: a clock that was set back must not keep an incident quiet until it has caught
      // up.
      if (last != null && Math.abs(now - last) < Duration.ofSeconds(QUIET_SECONDS).toMillis()) {
        return false;
      }
      lastMillis.put(key, now);
    }
    var event =
        Event.of(
            signal.type(),
            clock.instant(),
            signal.tenant(),
            signal.actor(),
            signal.subject(),
            signal.details());
    boolean taken = !closing && waiting.offer(event);
    if (!taken) {
      counters.count("incidents.dropped", signal.type());
    }
    return taken;
  }

  private void carry() {
    try {
      while (!closing || !waiting.isEmpty()) {
        Event event = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (event != null) {
          deliver(event);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void deliver(Event event) {
    try {
      sink.accept(event);
    } catch (UnavailableException e) {
      counters.count("incidents.dropped", event.type());
      // Which one it was is not known here: rather twice than never.
      synchronized (told) {
        told.clear();
      }
      LOG.log(System.Logger.Level.WARNING, "incident.dropped type={0}", event.type());
    }
  }

  /** Delivers what waits, for up to two seconds. */
  @Override
  public void close() {
    closing = true;
    try {
      if (!carrier.join(Duration.ofSeconds(2))) {
        carrier.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Recent<V> extends LinkedHashMap<String, V> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
      return size() > REMEMBERED_MAX;
    }
  }
}
