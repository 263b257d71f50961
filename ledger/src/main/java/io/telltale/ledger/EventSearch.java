package io.telltale.ledger;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Looks through a bounded piece of the index. One equality leads, whose index has its entries by
 * number: a subject, else an actor, else a whole type; else the numbers themselves do. A page looks
 * at so many of those, whatever else is asked of them: a year is 31 million entries, and a time
 * does not say where to begin, since clocks need not go forward.
 */
final class EventSearch {
  /** What a page looks at: some tenths of a second. */
  static final int LOOKED_AT_MAX = 100_000;

  private static final long NANOS_OF_MILLI_MAX = 999_999;

  private final int limit;
  private final long before;
  private final Conditions lead = new Conditions();
  private final Conditions rest = new Conditions();

  /**
   * @param next below which number to go on; empty where the beginning was reached
   */
  record Page(List<EventIndex.Row> rows, OptionalLong next) {}

  private static final class Conditions {
    private final StringBuilder where = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    void add(String what, Object value) {
      where.append(" AND ").append(what);
      values.add(value);
    }

    boolean isEmpty() {
      return values.isEmpty();
    }
  }

  EventSearch(LedgerQuery wanted, Optional<Bytes> subject, Optional<Bytes> actor) {
    this.limit = wanted.limit();
    this.before = wanted.before().orElse(Long.MAX_VALUE);
    subject.ifPresent(name -> equal("subject", name));
    actor.ifPresent(name -> equal("actor", name));
    wanted.type().ifPresent(this::type);
    wanted.tenant().ifPresent(tenant -> rest.add("tenant=?", tenant.name()));
    wanted.since().ifPresent(since -> rest.add(computed("time") + ">=?", millis(since)));
    wanted.until().ifPresent(until -> rest.add(computed("time") + "<?", millis(until)));
  }

  private void equal(String column, Object value) {
    if (lead.isEmpty()) {
      lead.add(column + "=?", value);
    } else {
      rest.add(computed(column) + "=?", value);
    }
  }

  // A type that ends in a dot stands for all that begin with it; '/' is the character after '.'.
  private void type(String type) {
    if (type.endsWith(".")) {
      rest.add(computed("type") + ">=?", type);
      rest.add(computed("type") + "<?", type.substring(0, type.length() - 1) + "/");
    } else {
      equal("type", type);
    }
  }

  /** What is computed keeps the database from taking that column's index. */
  private static String computed(String column) {
    return "coalesce(%s, %s)".formatted(column, column);
  }

  // Events have whole milliseconds: they are from a time on when they are from the next one on.
  private static long millis(Instant time) {
    return time.plusNanos(NANOS_OF_MILLI_MAX).toEpochMilli();
  }

  /** The newest matches, however far back they are. */
  List<EventIndex.Row> newest(Connection connection) throws SQLException {
    return from(connection, 0);
  }

  /** The newest matches among the first {@code lookedAtMax} entries that may be some. */
  Page page(Connection connection, int lookedAtMax) throws SQLException {
    long floor = floor(connection, lookedAtMax);
    List<EventIndex.Row> rows = from(connection, floor);
    long end = rows.size() == limit ? rows.getLast().number() : floor;
    return new Page(rows, end > 0 ? OptionalLong.of(end) : OptionalLong.empty());
  }

  private List<EventIndex.Row> from(Connection connection, long floor) throws SQLException {
    List<Object> values = values(before, floor);
    values.addAll(rest.values);
    values.add(limit);
    return Sql.list(
        connection,
        "SELECT number, leaf, tenant, body FROM entry WHERE number<?"
            + lead.where
            + " AND number>=?"
            + rest.where
            + " ORDER BY number DESC LIMIT ?",
        EventIndex::row,
        values);
  }

  /** The last number that is looked at. */
  private long floor(Connection connection, int lookedAtMax) throws SQLException {
    if (rest.isEmpty()) {
      return 0; // Each that is looked at is one of those wanted.
    }
    if (lead.isEmpty()) {
      long size =
          Sql.first(
                  connection,
                  "SELECT coalesce(max(number) + 1, 0) FROM entry",
                  row -> row.getLong(1))
              .orElseThrow();
      return Math.max(0, Math.min(before, size) - lookedAtMax);
    }
    return Sql.list(
            connection,
            "SELECT number FROM entry WHERE number<?"
                + lead.where
                + " ORDER BY number DESC LIMIT 1 OFFSET ?",
            row -> row.getLong(1),
            values(before, lookedAtMax - 1L))
        .stream()
        .findFirst()
        .orElse(0L);
  }

  private List<Object> values(long first, long last) {
    var values = new ArrayList<Object>();
    values.add(first);
    values.addAll(lead.values);
    values.add(last);
    return values;
  }
}
