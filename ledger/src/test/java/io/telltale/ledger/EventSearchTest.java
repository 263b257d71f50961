package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.proof.EventBody;
import io.telltale.proof.LedgerLeaf;
import io.telltale.testkit.Cases;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LD-1: a search finds what a plain list would, and a page looks at boundedly many entries. */
class EventSearchTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final List<String> TYPES =
      List.of("device.active", "device.suspended", "device-model.added", "token.created");
  private static final TenantId OTHER = new TenantId("other");
  private static final int MANY = 200_000;
  private static final int RARE = 77;

  @TempDir Path folder;

  private EventIndex open() {
    var secrets = new Secrets();
    return new EventIndex(
        TestStores.at(folder.resolve("index.db")),
        Ledger.storeSeal(secrets, TestEntropy.seeded()),
        secrets.loadOrCreate("ledger-name-key", 32));
  }

  private static EventIndex.NewRow row(
      long number, String type, Instant time, TenantId tenant, String subject, String actor) {
    return new EventIndex.NewRow(
        new EventIndex.Row(number, Bytes.utf8("leaf"), tenant.name(), Bytes.utf8("body")),
        new LedgerLeaf(type, time, Hash.sha256(new byte[] {1})),
        new EventBody(EventBody.DIRECT, 0, tenant, actor, subject, new TreeMap<>()));
  }

  private static <T> T one(RandomGenerator random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  // Clocks go back, too.
  private static List<EventIndex.NewRow> someRows(RandomGenerator random, int count) {
    var rows = new ArrayList<EventIndex.NewRow>();
    for (int i = 0; i < count; i++) {
      rows.add(
          row(
              i,
              one(random, TYPES),
              NOON.plusMillis(i + random.nextInt(60) - 30),
              one(random, List.of(TenantId.DEFAULT, OTHER)),
              "subject-" + random.nextInt(3),
              "actor-" + random.nextInt(3)));
    }
    return rows;
  }

  /** What is asked for, part by part as the bits say, with times that cut milliseconds. */
  private static LedgerQuery query(RandomGenerator random, int parts, int count) {
    LedgerQuery query = LedgerQuery.newest(1 + random.nextInt(12));
    List<UnaryOperator<LedgerQuery>> choices =
        List.of(
            q -> q.inTenant(one(random, List.of(TenantId.DEFAULT, OTHER))),
            q -> q.ofType(one(random, TYPES)),
            q -> q.ofSubject("subject-" + random.nextInt(4)),
            q -> q.byActor("actor-" + random.nextInt(4)),
            q -> q.since(NOON.plusNanos(random.nextLong(count * 1_000_000L))),
            q -> q.until(NOON.plusNanos(random.nextLong(count * 1_000_000L))),
            q -> q.ofType(one(random, List.of("device.", "token."))),
            q -> q.before(random.nextLong(count + 9L)));
    for (int part = 0; part < choices.size(); part++) {
      if ((parts & 1 << part) != 0) {
        query = choices.get(part).apply(query);
      }
    }
    return query;
  }

  private static boolean matches(EventIndex.NewRow row, LedgerQuery query) {
    Instant time = row.leaf().time();
    return row.row().number() < query.before().orElse(Long.MAX_VALUE)
        && query.tenant().filter(tenant -> !tenant.equals(row.body().tenant())).isEmpty()
        && query.subject().filter(name -> !name.equals(row.body().subject())).isEmpty()
        && query.actor().filter(name -> !name.equals(row.body().actor())).isEmpty()
        && query.since().filter(time::isBefore).isEmpty()
        && query.until().filter(until -> !time.isBefore(until)).isEmpty()
        && query.type().filter(type -> !isOf(row.leaf().type(), type)).isEmpty();
  }

  private static boolean isOf(String type, String wanted) {
    return wanted.endsWith(".") ? type.startsWith(wanted) : type.equals(wanted);
  }

  private static List<Long> paged(EventIndex index, LedgerQuery query, int lookedAtMax) {
    var found = new ArrayList<Long>();
    long before = query.before().orElse(Long.MAX_VALUE);
    Optional<LedgerQuery> next = Optional.of(query);
    while (next.isPresent()) {
      EventSearch.Page page = index.page(next.get(), lookedAtMax);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(query.limit());
      page.rows().forEach(row -> found.add(row.number()));
      if (page.next().isPresent()) {
        assertThat(page.next().getAsLong()).isPositive().isLessThan(before);
        before = page.next().getAsLong();
      }
      next = page.next().stream().mapToObj(query::before).findFirst();
    }
    return found;
  }

  @Test
  void pages_to_the_end_are_what_a_plain_list_has_whatever_is_asked() {
    int count = 300;
    try (EventIndex index = open()) {
      List<EventIndex.NewRow> rows = new ArrayList<>();
      Cases.check(
          1,
          random -> {
            rows.addAll(someRows(random, count));
            index.add(rows);
          });
      List<EventIndex.NewRow> newest = new ArrayList<>(rows);
      Collections.reverse(newest);
      Cases.check(
          4,
          random -> {
            for (int parts = 0; parts < 256; parts++) {
              LedgerQuery query = query(random, parts, count);
              List<Long> expected =
                  newest.stream()
                      .filter(row -> matches(row, query))
                      .map(row -> row.row().number())
                      .toList();
              assertThat(paged(index, query, 1 + random.nextInt(40)))
                  .as("%s", query)
                  .isEqualTo(expected);
              assertThat(index.search(query).stream().map(EventIndex.Row::number))
                  .as("%s", query)
                  .isEqualTo(expected.stream().limit(query.limit()).toList());
            }
          });
    }
  }

  private static Instant second(long number) {
    return NOON.plusSeconds(number);
  }

  private static void addMany(EventIndex index) {
    var rows = new ArrayList<EventIndex.NewRow>();
    for (long i = 0; i < MANY; i++) {
      String type = i == RARE ? "token.created" : "device.active";
      rows.add(row(i, type, second(i), TenantId.DEFAULT, i == RARE ? "rare" : "often", "system"));
      if (rows.size() == 10_000) {
        index.add(rows);
        rows.clear();
      }
    }
  }

  private static EventSearch.Page page(EventIndex index, LedgerQuery query) {
    return index.page(query, EventSearch.LOOKED_AT_MAX);
  }

  @Test
  void a_page_looks_at_boundedly_many_and_the_next_goes_on_from_there() {
    try (EventIndex index = open()) {
      addMany(index);
      LedgerQuery newest = LedgerQuery.newest(20);
      long middle = MANY - EventSearch.LOOKED_AT_MAX;
      for (LedgerQuery query :
          List.of(
              newest,
              newest.ofType("device.active"),
              newest.ofType("device."),
              newest.byActor("system"),
              newest.inTenant(TenantId.DEFAULT))) {
        LedgerQuery ofNone = query.inTenant(OTHER);
        assertThat(page(index, ofNone)).as("%s", query).isEqualTo(nothing(middle));
        // More are at these times than a page looks at.
        assertThat(page(index, ofNone.since(second(9)))).isEqualTo(nothing(middle));
        assertThat(page(index, ofNone.until(second(MANY - 9)))).isEqualTo(nothing(middle));
        // And as many as it does, wherever they are: all are looked at.
        for (Instant since : List.of(second(0), second(MANY / 3), second(middle))) {
          Instant until = since.plusSeconds(EventSearch.LOOKED_AT_MAX);
          assertThat(page(index, ofNone.since(since).until(until)).next()).isEmpty();
          assertThat(page(index, query.since(since).until(until)).rows()).hasSize(20);
        }
        assertThat(page(index, query.since(second(MANY - 10))).rows()).hasSize(10);
        assertThat(page(index, query.since(second(MANY - 10))).next()).isEmpty();
        assertThat(page(index, query.until(second(5))).rows()).hasSize(5);
        assertThat(page(index, query.until(second(5)).before(2)).rows()).hasSize(2);
        assertThat(index.search(query.until(second(5)))).hasSize(5);
      }
      // What is rare is found in one page, however far back.
      for (LedgerQuery query :
          List.of(
              LedgerQuery.newest(20).ofType("token.created"),
              LedgerQuery.newest(20).ofSubject("rare").byActor("system"))) {
        EventSearch.Page rare = page(index, query.inTenant(TenantId.DEFAULT).since(NOON));
        assertThat(rare.rows()).extracting(EventIndex.Row::number).containsExactly((long) RARE);
        assertThat(rare.next()).isEqualTo(OptionalLong.empty());
      }
    }
  }

  private static EventSearch.Page nothing(long next) {
    return new EventSearch.Page(List.of(), OptionalLong.of(next));
  }

  private String pagePlan(LedgerQuery query, int lookedAtMax) throws SQLException {
    var asked = new ArrayList<String>();
    var plan = new StringBuilder();
    try (Connection connection = TestStores.byHand(folder.resolve("index.db"))) {
      new EventSearch(query, Optional.empty(), Optional.empty())
          .page(told(connection, asked), lookedAtMax);
      try (PreparedStatement explained =
              connection.prepareStatement("EXPLAIN QUERY PLAN " + asked.getLast());
          ResultSet steps = explained.executeQuery()) {
        while (steps.next()) {
          plan.append(steps.getString("detail")).append('\n');
        }
      }
    }
    return plan.toString();
  }

  @Test
  @Tag("sqlite") // whose plans do not hang on how many rows there are
  void times_lead_where_they_have_few_and_what_else_leads_has_many() throws Exception {
    try (EventIndex index = open()) {
      Cases.check(1, random -> index.add(someRows(random, 300)));
    }
    LedgerQuery all = LedgerQuery.newest(5);
    LedgerQuery ofType = all.ofType("device.active");
    Instant late = NOON.plusMillis(280);
    assertThat(pagePlan(ofType.since(late), 40)).contains("entry_time (time>?)");
    assertThat(pagePlan(ofType.since(late), 200)).contains("entry_type (type=? AND number<?)");
    assertThat(pagePlan(ofType.since(NOON), 40)).contains("entry_type (type=? AND number>? AND");
    assertThat(pagePlan(all.since(late).until(late.plusMillis(9)), 40))
        .contains("entry_time (time>? AND time<?)");
    assertThat(pagePlan(all.since(NOON), 40)).contains("PRIMARY KEY (rowid>? AND rowid<?)");
  }

  /** The connection, telling {@code asked} of each statement. */
  private static Connection told(Connection real, List<String> asked) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("prepareStatement")) {
            asked.add((String) arguments[0]);
          }
          return method.invoke(real, arguments);
        };
    return (Connection)
        Proxy.newProxyInstance(
            EventSearchTest.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
  }

  @Test
  void what_the_product_asks_is_one_statement_that_ends_at_the_first_matches() throws Exception {
    try (EventIndex index = open()) {
      index.add(List.of(row(0, "lake.moved", NOON, OTHER, "table", "system")));
    }
    LedgerQuery query = LedgerQuery.newest(1).ofType("lake.moved").ofSubject("table");
    var asked = new ArrayList<String>();
    try (Connection connection = TestStores.byHand(folder.resolve("index.db"))) {
      new EventSearch(query, Optional.of(Bytes.EMPTY), Optional.empty())
          .newest(told(connection, asked));
    }
    assertThat(asked).singleElement().asString().endsWith("LIMIT ?").doesNotContain("OFFSET");
  }
}
