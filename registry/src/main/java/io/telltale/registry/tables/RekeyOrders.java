package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.Rekey;
import io.telltale.registry.Rekeys;
import io.telltale.registry.Rekeys.Outcome;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.Json;
import io.telltale.roster.Principal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/** The table of who is to renew with a new key. */
public final class RekeyOrders {
  private static final String COLUMNS =
      "number, tenant, covers, total, made, begins, ends, actor, reason, stopped";

  // No certificate of a device lasts longer, by far: nothing issued before it is left.
  private static final Duration OVER = Duration.ofDays(400);

  private RekeyOrders() {}

  public static Outcome begin(Change change, Rekeys.Wanted wanted, long total, Act act)
      throws SQLException {
    TenantId tenant = wanted.tenant();
    Instant now = change.now();
    if (open(change.connection(), tenant, now.minus(OVER)).size() >= Rekeys.OPEN_MAX) {
      return new Outcome.TooMany();
    }
    boolean isAtOnce = total <= wanted.perMinute();
    Instant begins = isAtOnce ? now : now.plus(wanted.notice());
    Instant ends =
        isAtOnce ? now : begins.plusMillis(Math.ceilDiv(total * 60_000, wanted.perMinute()));
    String covers = text(wanted.covers());
    long number =
        Sql.insert(
            change.connection(),
            "INSERT INTO rekey (tenant, covers, total, made, begins, ends, actor, reason)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
            tenant.name(),
            covers,
            total,
            now,
            begins,
            ends,
            act.actor(),
            act.reason());
    var details = new HashMap<String, String>();
    details.put("covers", covers);
    details.put("total", Long.toString(total));
    details.put("begins", begins.toString());
    details.put("ends", ends.toString());
    details.put("reason", act.reason());
    change.event("rekey.begun", tenant, act.actor(), "rekey/" + number, details);
    return new Outcome.Begun(find(change.connection(), tenant, number).orElseThrow());
  }

  public static Optional<Rekey> stop(Change change, TenantId tenant, long number, Act act)
      throws SQLException {
    Optional<Rekey> found = find(change.connection(), tenant, number);
    if (found.filter(one -> one.stopped().isEmpty()).isPresent()) {
      Sql.update(
          change.connection(),
          "UPDATE rekey SET stopped = ? WHERE number = ?",
          change.now(),
          number);
      change.event(
          "rekey.stopped", tenant, act.actor(), "rekey/" + number, Map.of("reason", act.reason()));
    }
    return find(change.connection(), tenant, number);
  }

  public static List<Rekey> list(Connection connection, TenantId tenant, int limit)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT " + COLUMNS + " FROM rekey WHERE tenant = ? ORDER BY number DESC LIMIT ?",
        RekeyOrders::read,
        tenant.name(),
        limit);
  }

  public static Optional<Rekey> find(Connection connection, TenantId tenant, long number)
      throws SQLException {
    return Sql.first(
        connection,
        "SELECT " + COLUMNS + " FROM rekey WHERE number = ? AND tenant = ?",
        RekeyOrders::read,
        number,
        tenant.name());
  }

  private static List<Rekey> open(Connection connection, TenantId tenant, Instant after)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT " + COLUMNS + " FROM rekey WHERE tenant = ? AND made > ? AND stopped IS NULL",
        RekeyOrders::read,
        tenant.name(),
        after);
  }

  public static long open(Connection connection, Instant now) throws SQLException {
    return Sql.first(
            connection,
            "SELECT count(*) FROM rekey WHERE made > ? AND stopped IS NULL",
            row -> row.getLong(1),
            now.minus(OVER))
        .orElseThrow();
  }

  /** How many good credentials issued before {@code made} there are of those devices. */
  public static long count(
      Connection connection, TenantId tenant, Map<String, String> covers, Instant made, Instant now)
      throws SQLException {
    var sql =
        new StringBuilder(
            "SELECT count(*) FROM credential c JOIN principal p ON p.number = c.principal"
                + " WHERE p.tenant = ? AND p.kind IN ('device', 'gateway')"
                + " AND c.state = 'active' AND c.issued < ? AND c.not_after > ?");
    var values = new ArrayList<Object>(List.of(tenant.name(), made, now));
    covers.forEach(
        (attribute, value) -> {
          switch (attribute) {
            case Rekey.ID -> sql.append(" AND p.name = ?");
            case Rekey.FIRMWARE -> sql.append(" AND p.firmware = ?");
            default -> {
              sql.append(" AND json_extract(p.asset, ?) = ?");
              values.add(Principals.jsonPath(attribute));
            }
          }
          values.add(value);
        });
    return Sql.first(connection, sql.toString(), row -> row.getLong(1), values).orElseThrow();
  }

  /** When it is the turn of {@code credential}; empty where none is about it. */
  public static Optional<Instant> turn(
      Connection connection, String trustDomain, CredentialRecord credential) throws SQLException {
    Principal owner = Principals.get(connection, trustDomain, credential.principal());
    return open(connection, owner.id().tenant(), credential.issued()).stream()
        .filter(one -> one.isAbout(owner, credential))
        .map(one -> one.turn(credential.fingerprint()))
        .min(Instant::compareTo);
  }

  private static String text(Map<String, String> covers) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    new TreeMap<>(covers).forEach(node::put);
    return node.toString();
  }

  private static Rekey read(ResultSet row) throws SQLException {
    var covers = new HashMap<String, String>();
    Json.strict(Bytes.utf8(row.getString(3)))
        .properties()
        .forEach(one -> covers.put(one.getKey(), one.getValue().asString()));
    return new Rekey(
        row.getLong(1),
        Principals.tenant(row.getString(2)),
        covers,
        row.getLong(4),
        Instant.ofEpochMilli(row.getLong(5)),
        Instant.ofEpochMilli(row.getLong(6)),
        Instant.ofEpochMilli(row.getLong(7)),
        row.getString(8),
        row.getString(9),
        Sql.optionalTime(row, 10));
  }
}
