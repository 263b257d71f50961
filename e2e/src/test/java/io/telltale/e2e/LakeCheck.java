package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Waiting;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Compares what devices were promised with what the lake holds (IN-3, PL-1). */
final class LakeCheck {
  private static final long DRAINED_SECONDS_MAX = 60;
  private static final int PAGE = 9_000;

  private LakeCheck() {}

  /** Every acknowledged sequence is stored, and none is stored twice; the ledger verifies. */
  static void holdsOnce(ServerProcess server, Map<String, Set<Long>> acknowledged)
      throws InterruptedException {
    for (Map.Entry<String, Set<Long>> device : acknowledged.entrySet()) {
      holdsOnce(server, device.getKey(), device.getValue());
    }
    ServerProcess.Ran audit = server.run("ledger", "verify");
    assertThat(audit.exitCode()).as(audit.toString()).isZero();
  }

  private static void holdsOnce(ServerProcess server, String device, Set<Long> wanted)
      throws InterruptedException {
    Waiting.until(
        "all that was acknowledged of " + device + " is stored",
        DRAINED_SECONDS_MAX,
        () -> missing(server, device, wanted),
        Set::isEmpty);
    assertThat(stored(server, device).values())
        .as("stored how often")
        .allMatch(count -> count == 1);
  }

  private static Set<Long> missing(ServerProcess server, String device, Set<Long> wanted) {
    var missing = new TreeSet<>(wanted);
    missing.removeAll(stored(server, device).keySet());
    return missing;
  }

  /** How often each sequence is stored, asked in pages that fit one answer. */
  private static Map<Long, Long> stored(ServerProcess server, String device) {
    var counts = new HashMap<Long, Long>();
    long after = 0;
    JsonNode rows;
    do {
      JsonNode answer =
          server.json(
              "query",
              "SELECT sequence, count(*) FROM readings WHERE device = '%s' AND sequence > %d"
                      .formatted(device, after)
                  + " GROUP BY sequence ORDER BY sequence LIMIT "
                  + PAGE);
      assertThat(answer.path("truncated").asBoolean(false)).isFalse();
      rows = answer.get("rows");
      rows.forEach(row -> counts.put(row.get(0).asLong(), row.get(1).asLong()));
      after = rows.isEmpty() ? after : rows.get(rows.size() - 1).get(0).asLong();
    } while (rows.size() == PAGE);
    return counts;
  }
}
