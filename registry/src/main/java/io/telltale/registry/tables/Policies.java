package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyCuts;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.PolicyRestore;
import io.telltale.registry.PolicyVersion;
import io.telltale.roster.Json;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.roster.PolicyReader;
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
public final class Policies {
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

  public static Optional<PolicyVersion> find(Connection connection, TenantId tenant, long version)
      throws SQLException {
    return Sql.first(
        connection,
        COLUMNS + " WHERE tenant = ? AND version = ?",
        Policies::read,
        tenant.name(),
        version);
  }

  /** Newest first, those below {@code before}. */
  public static List<PolicyVersion> list(
      Connection connection, TenantId tenant, long before, int limit) throws SQLException {
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

  public static PolicyChange put(Change change, PolicyDocument wanted, Act act)
      throws SQLException {
    Optional<PolicyVersion> before = newest(change.connection(), wanted.tenant());
    long version = before.map(PolicyVersion::version).orElse(0L);
    if (wanted.onlyAfter().isPresent() && wanted.onlyAfter().getAsLong() != version) {
      return new PolicyChange.Stale(version);
    }
    return switch (PolicyReader.ofNew(version + 1).read(wanted.document())) {
      case ParsedPolicy.Invalid invalid -> new PolicyChange.Invalid(invalid.mistakes());
      case ParsedPolicy.Valid(Policy next) -> {
        if (before.isPresent() && same(before.get().document(), wanted.document())) {
          yield new PolicyChange.Unchanged(parsed(before.get()), version);
        }
        if (next.version() <= version) {
          yield new PolicyChange.Stale(version);
        }
        yield change(change, before, new Next(wanted, next, next.version()), act);
      }
    };
  }

  /** What is to follow, and the version that said so first. */
  private record Next(PolicyDocument wanted, Policy policy, long contentOf) {}

  // In the transaction that changes it: what was in force a moment ago may not be any more.
  private static PolicyChange change(
      Change change, Optional<PolicyVersion> before, Next next, Act act) throws SQLException {
    PolicyDocument wanted = next.wanted();
    PolicyCuts cuts =
        before.isPresent()
            ? LostByPolicy.cuts(
                change.connection(), wanted.tenant(), parsed(before.get()), next.policy())
            : PolicyCuts.NONE;
    if (!cuts.isEmpty() && !wanted.mayCutOff()) {
      return new PolicyChange.CutsOff(cuts);
    }
    store(change, wanted, next.policy().version(), act);
    return new PolicyChange.InForce(next.policy(), next.contentOf(), cuts);
  }

  /** What {@code wanted} would take from the tenant's devices, were it in force now. */
  public static PolicyCuts cuts(Connection connection, TenantId tenant, Policy wanted)
      throws SQLException {
    Optional<PolicyVersion> before = newest(connection, tenant);
    return before.isPresent()
        ? LostByPolicy.cuts(connection, tenant, parsed(before.get()), wanted)
        : PolicyCuts.NONE;
  }

  /** Puts an earlier version's document in force again, as a new version. */
  public static PolicyChange restore(Change change, PolicyRestore wanted, Act act)
      throws SQLException {
    TenantId tenant = wanted.tenant();
    Optional<PolicyVersion> now = newest(change.connection(), tenant);
    long version = now.map(PolicyVersion::version).orElse(0L);
    Optional<PolicyVersion> then = then(change.connection(), wanted, version);
    if (now.isEmpty() || then.isEmpty()) {
      return new PolicyChange.Unknown(wanted.version(), version);
    }
    if (wanted.onlyAfter().isPresent() && wanted.onlyAfter().getAsLong() != version) {
      return new PolicyChange.Stale(version);
    }
    if (same(now.get().document(), then.get().document())) {
      return new PolicyChange.Unchanged(parsed(now.get()), then.get().version());
    }
    // Its own version, if it says one, has been used: what it says holds, under the next number.
    Bytes document = withoutVersion(then.get().document());
    return switch (PolicyReader.ofStored(version + 1).read(document)) {
      case ParsedPolicy.Invalid invalid -> new PolicyChange.Invalid(invalid.mistakes());
      case ParsedPolicy.Valid(Policy next) -> {
        var content = new PolicyDocument(tenant, document, wanted.onlyAfter(), wanted.mayCutOff());
        yield change(change, now, new Next(content, next, then.get().version()), act);
      }
    };
  }

  private static Optional<PolicyVersion> then(
      Connection connection, PolicyRestore wanted, long inForce) throws SQLException {
    OptionalLong said = wanted.version();
    return said.isPresent()
        ? find(connection, wanted.tenant(), said.getAsLong())
        : list(connection, wanted.tenant(), inForce, 1).stream().findFirst();
  }

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
