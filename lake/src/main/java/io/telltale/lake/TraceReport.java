package io.telltale.lake;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything a number came from, exactly.
 *
 * @param answer the question's own answer, over the same snapshot of the tables
 * @param table the table the question read
 * @param aggregates for {@code minutes}: how many minute aggregates it read; else 0
 * @param rows contributing rows of {@code readings}
 * @param records contributing records of the log
 * @param ranges those records, ascending and not touching each other
 * @param sources rows grouped by everything that says where they come from
 * @param from earliest event time; empty when nothing contributed
 * @param to latest event time
 * @param agrees for {@code minutes}: the traced rows and devices are exactly the ones that the
 *     aggregates say they hold; true otherwise
 */
public record TraceReport(
    QueryResult answer,
    String table,
    long aggregates,
    long rows,
    long records,
    List<OffsetRange> ranges,
    List<Source> sources,
    Optional<Instant> from,
    Optional<Instant> to,
    boolean agrees) {
  public TraceReport {
    ranges = List.copyOf(ranges);
    sources = List.copyOf(sources);
  }

  /** Rows of one device that came the same way. */
  public record Source(
      String device,
      int deviceNumber,
      String credential,
      String issuer,
      String gatewayChain,
      String firmwareClaimed,
      String attestation,
      String assurance,
      String schema,
      String door,
      String steps,
      boolean suspect,
      long rows,
      Instant from,
      Instant to) {}
}
