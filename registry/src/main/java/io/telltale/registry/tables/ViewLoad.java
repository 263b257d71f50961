package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.AssetText;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.Identity;
import io.telltale.roster.MemoryIdentityView;
import io.telltale.roster.Principal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fills the view: all of it at the start, single principals after a change. */
public final class ViewLoad {
  /**
   * Records may arrive a week late; long before that an expired credential is of no use. So a
   * device has as many as it renews in the life of a certificate and a month. The newest always
   * stays: a clock that was once a year ahead must not lock out those whose turn it still is.
   */
  private static final Duration EXPIRED_KEPT = Duration.ofDays(30);

  private ViewLoad() {}

  /** One pass over both tables in the order of the principals' numbers. */
  public static void all(
      Connection connection, String trustDomain, MemoryIdentityView view, Instant now)
      throws SQLException {
    Map<String, AssetRecord> assets = new HashMap<>();
    Sql.Row<Principal> reader =
        Principals.reader(trustDomain, text -> assets.computeIfAbsent(text, AssetText::parse));
    Sql.read(
        connection,
        "SELECT " + Principals.COLUMNS + " FROM principal ORDER BY number",
        people ->
            Sql.read(
                connection,
                "SELECT "
                    + Credentials.COLUMNS
                    + " FROM credential WHERE not_after > ? OR NOT EXISTS (SELECT 1"
                    + " FROM credential AS later WHERE later.principal = credential.principal"
                    + " AND later.number > credential.number) ORDER BY principal, number",
                keys -> merge(people, keys, reader, view),
                now.minus(EXPIRED_KEPT)));
    view.reached(
        Sql.first(connection, "SELECT max(position) FROM feed", row -> row.getLong(1)).orElse(0L));
  }

  private static MemoryIdentityView merge(
      ResultSet people, ResultSet keys, Sql.Row<Principal> reader, MemoryIdentityView view)
      throws SQLException {
    Map<Fingerprint, Fingerprint> issuers = new HashMap<>();
    boolean more = keys.next();
    while (people.next()) {
      Principal principal = reader.read(people);
      var own = new ArrayList<CredentialRecord>(2);
      while (more && keys.getInt(1) == principal.number()) {
        CredentialRecord read = Credentials.read(keys);
        // Few have signed all of them: each of those is in memory once.
        own.add(read.issuedBy(issuers.computeIfAbsent(read.issuer(), one -> one)));
        more = keys.next();
      }
      view.put(new MemoryIdentityView.Snapshot(principal, own, List.of()));
    }
    return view;
  }

  /** The principals that a change touched, as they are at its end. */
  public static List<MemoryIdentityView.Snapshot> touched(Change change) throws SQLException {
    var numbers = new LinkedHashSet<Integer>();
    change.entries().forEach(entry -> numbers.add(entry.number()));
    numbers.remove(0);
    var snapshots = new ArrayList<MemoryIdentityView.Snapshot>(numbers.size());
    for (int number : numbers) {
      snapshots.add(snapshot(change, number));
    }
    return snapshots;
  }

  private static MemoryIdentityView.Snapshot snapshot(Change change, int number)
      throws SQLException {
    Instant horizon = change.now().minus(EXPIRED_KEPT);
    var kept = new ArrayList<CredentialRecord>();
    var forgotten = new ArrayList<Fingerprint>();
    List<CredentialRecord> all = Credentials.of(change.connection(), number);
    for (CredentialRecord one : all) {
      if (one.notAfter().isAfter(horizon) || one.equals(all.getLast())) {
        kept.add(one);
      } else {
        forgotten.add(one.fingerprint());
      }
    }
    return new MemoryIdentityView.Snapshot(Principals.get(change, number), kept, forgotten);
  }

  /** As the view would have it, of a credential that has left it. */
  public static Optional<Identity> identity(
      Connection connection, String trustDomain, Fingerprint credential) throws SQLException {
    Optional<CredentialRecord> found = Credentials.find(connection, credential);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    return Sql.first(
            connection,
            "SELECT " + Principals.COLUMNS + " FROM principal WHERE number = ?",
            Principals.reader(trustDomain),
            found.get().principal())
        .map(owner -> MemoryIdentityView.with(owner, found.get()));
  }
}
