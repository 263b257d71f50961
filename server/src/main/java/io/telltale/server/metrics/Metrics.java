package io.telltale.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.telltale.kernel.Counters;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/** Counts for Prometheus (OP-1) and for the live summary. */
public final class Metrics implements Counters {
  private static final String PREFIX = "telltale.";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<Key, Counter> counters = new ConcurrentHashMap<>();

  private record Key(String name, String cause) {}

  @Override
  public void add(String name, String cause, long amount) {
    Key key = new Key(name, cause);
    Counter counter = counters.get(key);
    if (counter == null) {
      counter = counters.computeIfAbsent(key, this::register);
    }
    counter.increment((double) amount);
  }

  private Counter register(Key key) {
    return Counter.builder(PREFIX + key.name())
        .description(MetricHelp.of(key.name()))
        .tag("cause", key.cause())
        .register(registry);
  }

  public void gauge(String name, DoubleSupplier value) {
    Gauge.builder(PREFIX + name, value::getAsDouble)
        .description(MetricHelp.of(name))
        .strongReference(true)
        .register(registry);
  }

  /** One figure of several of a name, told apart by {@code kind}. */
  public void gauge(String name, String kind, DoubleSupplier value) {
    Gauge.builder(PREFIX + name, value::getAsDouble)
        .description(MetricHelp.of(name))
        .tag("kind", kind)
        .strongReference(true)
        .register(registry);
  }

  /** Counts of one name by cause, sorted by cause; zero counts left out. */
  public Map<String, Long> byCause(String name) {
    var causes = new TreeMap<String, Long>();
    counters.forEach(
        (key, counter) -> {
          if (key.name().equals(name) && counter.count() > 0) {
            causes.put(key.cause(), (long) counter.count());
          }
        });
    return causes;
  }

  /** The Prometheus text format. */
  public String scrape() {
    return registry.scrape();
  }
}
