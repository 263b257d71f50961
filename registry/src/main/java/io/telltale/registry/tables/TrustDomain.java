package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.CorruptException;
import java.sql.Connection;
import java.sql.SQLException;

/** Whose registry a file is: of one trust domain for good. */
public final class TrustDomain {
  private TrustDomain() {}

  /** Makes a new file ours; one of another trust domain is refused. */
  public static boolean claim(Connection connection, String trustDomain) throws SQLException {
    Sql.update(
        connection,
        "INSERT INTO setting (name, value) VALUES ('trustDomain', ?) ON CONFLICT DO NOTHING",
        trustDomain);
    String stored =
        Sql.first(
                connection,
                "SELECT value FROM setting WHERE name = 'trustDomain'",
                row -> row.getString(1))
            .orElseThrow();
    if (!stored.equals(trustDomain)) {
      throw new CorruptException(
          "the registry belongs to the trust domain %s, not %s".formatted(stored, trustDomain));
    }
    return true;
  }
}
