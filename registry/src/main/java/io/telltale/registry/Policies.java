package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** The versions of the policy document; the highest is in force. */
final class Policies {
  private Policies() {}

  static Optional<Policy> inForce(Connection connection) throws SQLException {
    return newest(connection).map(Policies::parsed);
  }

  private static Optional<Bytes> newest(Connection connection) throws SQLException {
    return Sql.first(
        connection,
        "SELECT document FROM policy ORDER BY version DESC LIMIT 1",
        row -> Bytes.adopt(row.getBytes(1)));
  }

  private static Policy parsed(Bytes document) {
    return switch (Policy.parse(document)) {
      case ParsedPolicy.Valid valid -> valid.policy();
      case ParsedPolicy.Invalid invalid ->
          throw new CorruptException("the stored policy document: " + invalid.mistakes());
    };
  }

  static PolicyChange put(Change change, Bytes document, String actor) throws SQLException {
    Policy next;
    switch (Policy.parse(document)) {
      case ParsedPolicy.Invalid invalid -> {
        return new PolicyChange.Invalid(invalid.mistakes());
      }
      case ParsedPolicy.Valid valid -> next = valid.policy();
    }
    Optional<Bytes> before = newest(change.connection());
    if (before.isPresent() && before.get().equals(document)) {
      return new PolicyChange.Unchanged(next);
    }
    long version = before.map(Policies::parsed).map(Policy::version).orElse(0L);
    if (next.version() <= version) {
      return new PolicyChange.Stale(version);
    }
    Sql.update(
        change.connection(),
        "INSERT INTO policy (version, document, actor, time) VALUES (?, ?, ?, ?)",
        next.version(),
        document,
        actor,
        change.now());
    change.event(
        "policy.changed",
        TenantId.DEFAULT,
        actor,
        "policy/" + next.version(),
        Map.of("sha256", Hash.sha256(document).hex()));
    change.feed(0, "policy.changed");
    return new PolicyChange.InForce(next);
  }
}
