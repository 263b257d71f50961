package io.telltale.server.metrics;

import java.util.Map;
import java.util.TreeMap;

/** Which counted outcomes are refusals. */
public final class RefusalCounts {
  private RefusalCounts() {}

  public static Map<String, Long> of(Metrics metrics) {
    var all = new TreeMap<String, Long>(metrics.byCause("admission"));
    all.remove("admitted");
    all.remove("duplicate");
    metrics
        .byCause("handshakes")
        .forEach(
            (cause, count) -> {
              if (!cause.equals("completed") && !cause.equals("accepted")) {
                all.merge(cause, count, Long::sum);
              }
            });
    return all;
  }
}
