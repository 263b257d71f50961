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
 * Looks through the index by what leads: one equality, whose index has its entries by number (a
 * subject, else an actor, else a whole type), else the numbers themselves. A page looks at so many
 * of those, whatever else is asked of them: a year is 31 million entries. Where there are more, the
 * times lead if there are not as many between them. They do not say where to begin, since clocks
 * need not go forward: what they have is put in order first.
 */
final class EventSearch {
  /** What a page looks at: some tenths of a second. */
  static final int LOOKED_AT_MAX = 100_000;

  private static final long NANOS_OF_MILLI_MAX = 999_999;

  private final int limit;
  private final long before;
  private final List<Condition> lead = new ArrayList<>();
  private final List<Condition> times = new ArrayList<>();
  private final List<Condition> others = new ArrayList<>();

  /**
   * @param next below which number to go on; empty where the beginning was reached
   */
  record Page(List<EventIndex.Row> rows, OptionalLong next) {}

  private record Condition(String column, String relation, Object value) {}

  EventSearch(LedgerQuery wanted, Optional<Bytes> subject, Optional<Bytes> actor) {
    this.limit = wanted.limit();
    this.before = wanted.before().orElse(Long.MAX_VALUE);
    subject.ifPresent(name -> equal("subject", name));
    actor.ifPresent(name -> equal("actor", name));
    wanted.type().ifPresent(this::type);
    wanted.tenant().ifPresent(tenant -> others.add(new Condition("tenant", "=", tenant.name())));
    wanted.since().ifPresent(since -> times.add(new Condition("time", ">=", millis(since))));
    wanted.until().ifPresent(until -> times.add(new Condition("time", "<", millis(until))));
  }

  private void equal(String column, Object value) {
    (lead.isEmpty() ? lead : others).add(new Condition(column, "=", value));
  }

  // A type that ends in a dot stands for all that begin with it; '/' is the character after '.'.
  private void type(String type) {
    if (type.endsWith(".")) {
      others.add(new Condition("type", ">=", type));
      others.add(new Condition("type", "<", type.substring(0, type.length() - 1) + "/"));
    } else {
      equal("type", type);
    }
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
    return floor > 0 && !times.isEmpty() && timesHaveAtMost(connection, lookedAtMax)
        ? page(atTimes(connection), 0)
        : page(from(connection, floor), floor);
  }

  private Page page(List<EventIndex.Row> rows, long floor) {
    long end = rows.size() == limit ? rows.getLast().number() : floor;
    return new Page(rows, end > 0 ? OptionalLong.of(end) : OptionalLong.empty());
  }

  /** The last number that is looked at. */
  private long floor(Connection connection, int lookedAtMax) throws SQLException {
    if (times.isEmpty() && others.isEmpty()) {
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
    Where where = new Where().is(number("<", before)).are(lead);
    return Sql.first(
            connection,
            "SELECT number FROM entry" + where + " ORDER BY number DESC LIMIT 1 OFFSET ?",
            row -> row.getLong(1),
            where.valuesAnd(lookedAtMax - 1))
        .orElse(0L);
  }

  private boolean timesHaveAtMost(Connection connection, int lookedAtMax) throws SQLException {
    Where where = new Where().are(times);
    return Sql.first(
            connection,
            "SELECT number FROM entry" + where + " ORDER BY time, number LIMIT 1 OFFSET ?",
            row -> row.getLong(1),
            where.valuesAnd(lookedAtMax))
        .isEmpty();
  }

  private List<EventIndex.Row> from(Connection connection, long floor) throws SQLException {
    Where where = new Where().is(number("<", before)).are(lead);
    if (floor > 0) {
      where.is(number(">=", floor));
    }
    where.areSaidBesides(times).areSaidBesides(others);
    return Sql.list(
        connection,
        "SELECT number, leaf, tenant, body FROM entry" + where + " ORDER BY number DESC LIMIT ?",
        EventIndex::row,
        where.valuesAnd(limit));
  }

  // Numbers are put in order, and not the bodies.
  private List<EventIndex.Row> atTimes(Connection connection) throws SQLException {
    Where where =
        new Where()
            .are(times)
            .areSaidBesides(List.of(number("<", before)))
            .areSaidBesides(lead)
            .areSaidBesides(others);
    return Sql.list(
        connection,
        "SELECT number, leaf, tenant, body FROM entry WHERE number IN (SELECT number FROM entry"
            + where
            + " ORDER BY "
            + besides("number")
            + " DESC LIMIT ?) ORDER BY number DESC",
        EventIndex::row,
        where.valuesAnd(limit));
  }

  private static Condition number(String relation, long value) {
    return new Condition("number", relation, value);
  }

  /** What is computed keeps the database from taking that column's index. */
  private static String besides(String column) {
    return "coalesce(%1$s, %1$s)".formatted(column);
  }

  private static final class Where {
    private final List<String> texts = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    Where is(Condition one) {
      return add(one.column(), one);
    }

    Where are(List<Condition> all) {
      all.forEach(this::is);
      return this;
    }

    /** Those that are not to lead. */
    Where areSaidBesides(List<Condition> all) {
      all.forEach(one -> add(besides(one.column()), one));
      return this;
    }

    private Where add(String column, Condition one) {
      texts.add(column + one.relation() + "?");
      values.add(one.value());
      return this;
    }

    List<Object> valuesAnd(int last) {
      var all = new ArrayList<>(values);
      all.add(last);
      return all;
    }

    @Override
    public String toString() {
      return " WHERE " + String.join(" AND ", texts);
    }
  }
}
