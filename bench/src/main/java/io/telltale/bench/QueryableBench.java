package io.telltale.bench;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * From PUBLISH to the moment a query by SQL over the API shows the row, while a fleet publishes at
 * a steady pace: one device sends a message, then asks until the answer has it.
 */
final class QueryableBench {
  private static final long LEAD_IN_SECONDS = 5;
  private static final long POLL_MILLIS = 20;
  private static final long GIVE_UP_MILLIS = 60_000;

  private final TelltaleServer server;
  private final Histogram delays = new Histogram(GIVE_UP_MILLIS * 2, 3);
  private final Histogram queries = new Histogram(GIVE_UP_MILLIS * 2, 3);

  QueryableBench(TelltaleServer server) {
    this.server = server;
  }

  void run(List<LoadClient> clients, long seconds)
      throws InterruptedException, IOException, GeneralSecurityException {
    LoadShape shape = LoadShape.PACED;
    LoadClient asking = clients.get(shape.connections());
    try (var load = new LoadRun(server, shape);
        var connector = new Connector();
        var api = new ApiClient(server.api(), server.data().resolve("operator"))) {
      load.start(clients.subList(0, shape.connections()));
      var probe = new Probe(asking);
      connector.open(server.address(), asking.tls(LoadClient.CLASSICAL), probe);
      probe.ready.join();
      TimeUnit.SECONDS.sleep(LEAD_IN_SECONDS);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() < end) {
        delays.recordValue(Math.min(GIVE_UP_MILLIS * 2, once(probe, asking.id(), api)));
      }
      LoadRun.Result meanwhile = load.measure(1);
      System.out.printf(
          ROOT,
          "%nqueryable: at %.0f messages/s, %d samples: p50 %d ms, p99 %d ms, worst %d ms; one"
              + " query p50 %d ms, p99 %d ms%n",
          meanwhile.perSecond(),
          delays.getTotalCount(),
          delays.getValueAtPercentile(50),
          delays.getValueAtPercentile(99),
          delays.getMaxValue(),
          queries.getValueAtPercentile(50),
          queries.getValueAtPercentile(99));
    }
  }

  private long once(Probe probe, String device, ApiClient api)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    long sequence = probe.publish();
    String sql =
        "SELECT sequence FROM readings WHERE device = '%s' AND sequence = %d LIMIT 1"
            .formatted(device, sequence);
    while (true) {
      long asked = System.nanoTime();
      boolean there = !api.query(sql).isEmpty();
      queries.recordValue(Math.min(GIVE_UP_MILLIS * 2, millisSince(asked)));
      long waited = millisSince(start);
      if (there) {
        return waited;
      }
      if (waited > GIVE_UP_MILLIS) {
        throw new IllegalStateException(sequence + " is not there after a minute");
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
