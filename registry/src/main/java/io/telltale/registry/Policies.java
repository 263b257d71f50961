package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The versions of each tenant's policy document; the highest is in force. */
final class Policies {
  private static final String COLUMNS = "SELECT version, document, actor, reason, time FROM policy";

  private Policies() {}

  static Map<TenantId, Policy> inForce(Connection connection) throws SQLException {
    var inForce = new HashMap<TenantId, Policy>();
    List<String> tenants =
        Sql.list(connection, "SELECT DISTINCT tenant FROM policy", row -> row.getString(1));
    for (String name : tenants) {
      var tenant = new TenantId(name);
      newest(connection, tenant).ifPresent(version -> inForce.put(tenant, parsed(version)));
    }
    return inForce;
  }

  private static Optional<PolicyVersion> newest(Connection connection, TenantId tenant)
      throws SQLException {
    return Sql.first(
        connection,
        COLUMNS + " WHERE tenant = ? ORDER BY version DESC LIMIT 1",
        Policies::read,
        tenant.name());
  }

  static Optional<PolicyVersion> find(Connection connection, TenantId tenant, long version)
      throws SQLException {
    return Sql.first(
        connection,
        COLUMNS + " WHERE tenant = ? AND version = ?",
        Policies::read,
        tenant.name(),
        version);
  }

  /** Newest first, those below {@code before}. */
  static List<PolicyVersion> list(Connection connection, TenantId tenant, long before, int limit)
      throws SQLException {
    return Sql.list(
        connection,
        COLUMNS + " WHERE tenant = ? AND version < ? ORDER BY version DESC LIMIT ?",
        Policies::read,
        tenant.name(),
        before,
        limit);
  }

  private static PolicyVersion read(ResultSet row) throws SQLException {
    return new PolicyVersion(
        row.getLong(1),
        Bytes.adopt(row.getBytes(2)),
        row.getString(3),
        row.getString(4),
        Instant.ofEpochMilli(row.getLong(5)));
  }

  static Policy parsed(PolicyVersion stored) {
    return switch (PolicyReader.ofStored(stored.version()).read(stored.document())) {
      case ParsedPolicy.Valid valid -> valid.policy();
      case ParsedPolicy.Invalid invalid ->
          throw new CorruptException(
              "policy version %d as stored: %s".formatted(stored.version(), invalid.mistakes()));
    };
  }

  static PolicyChange put(Change change, PolicyDocument wanted, Act act) throws SQLException {
    Optional<PolicyVersion> before = newest(change.connection(), wanted.tenant());
    long version = before.map(PolicyVersion::version).orElse(0L);
    if (wanted.onlyAfter().isPresent() && wanted.onlyAfter().getAsLong() != version) {
      return new PolicyChange.Stale(version);
    }
    return switch (PolicyReader.ofNew(version + 1).read(wanted.document())) {
      case ParsedPolicy.Invalid invalid -> new PolicyChange.Invalid(invalid.mistakes());
      case ParsedPolicy.Valid(Policy next) -> {
        if (before.isPresent() && same(before.get().document(), wanted.document())) {
          yield new PolicyChange.Unchanged(parsed(before.get()));
        }
        if (next.version() <= version) {
          yield new PolicyChange.Stale(version);
        }
        store(change, wanted, next.version(), act);
        yield new PolicyChange.InForce(next);
      }
    };
  }

  /** Puts an earlier version's document in force again, as a new version. */
  static PolicyChange restore(Change change, TenantId tenant, Restoring wanted, Act act)
      throws SQLException {
    Optional<PolicyVersion> now = newest(change.connection(), tenant);
    Optional<PolicyVersion> then = find(change.connection(), tenant, wanted.version());
    if (now.isEmpty() || then.isEmpty()) {
      return new PolicyChange.Unknown();
    }
    long version = now.get().version();
    if (wanted.onlyAfter().isPresent() && wanted.onlyAfter().getAsLong() != version) {
      return new PolicyChange.Stale(version);
    }
    if (same(now.get().document(), then.get().document())) {
      return new PolicyChange.Unchanged(parsed(now.get()));
    }
    // Its own version, if it says one, has been used: what it says holds, under the next number.
    Bytes document = withoutVersion(then.get().document());
    return switch (PolicyReader.ofStored(version + 1).read(document)) {
      case ParsedPolicy.Invalid invalid -> new PolicyChange.Invalid(invalid.mistakes());
      case ParsedPolicy.Valid(Policy next) -> {
        var content = new PolicyDocument(tenant, document, wanted.onlyAfter());
        store(change, content, next.version(), act);
        yield new PolicyChange.InForce(next);
      }
    };
  }

  /** Which version to go back to, and which one has to be in force for that. */
  record Restoring(long version, OptionalLong onlyAfter) {}

  private static void store(Change change, PolicyDocument wanted, long version, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "INSERT INTO policy (tenant, version, document, actor, reason, time)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        wanted.tenant().name(),
        version,
        wanted.document(),
        act.actor(),
        act.reason(),
        change.now());
    change.event(
        "policy.changed",
        wanted.tenant(),
        act.actor(),
        "policy/" + version,
        Map.of("sha256", Hash.sha256(wanted.document()).hex(), "reason", act.reason()));
    change.feed(0, "policy.changed");
  }

  // Numbers alone do not make another policy, nor does the order of members or white space.
  private static boolean same(Bytes one, Bytes other) {
    return content(one).equals(content(other));
  }

  private static Bytes withoutVersion(Bytes document) {
    return Json.strict(document).has("version")
        ? Bytes.utf8(content(document).toPrettyString())
        : document;
  }

  private static JsonNode content(Bytes document) {
    JsonNode content = Json.strict(document);
    if (content instanceof ObjectNode object) {
      object.remove("version");
    }
    return content;
  }
}
