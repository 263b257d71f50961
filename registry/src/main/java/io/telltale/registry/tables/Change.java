package io.telltale.registry.tables;

import io.telltale.db.OutboxTable;
import io.telltale.db.Sql;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.roster.IdentityView;
import io.telltale.roster.Principal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One transaction on the registry: rows, events and feed entries that become durable together or
 * not at all. Lives on the database's writer thread.
 */
public final class Change {
  public static final String OUTBOX = "outbox";

  private final Connection connection;
  private final Instant now;
  private final String trustDomain;
  private final List<IdentityView.Change> entries = new ArrayList<>();
  private boolean isRevocation;

  public Change(Connection connection, Instant now, String trustDomain) {
    this.connection = connection;
    this.now = now;
    this.trustDomain = trustDomain;
  }

  Connection connection() {
    return connection;
  }

  Instant now() {
    return now;
  }

  String trustDomain() {
    return trustDomain;
  }

  /** The feed entries of this transaction so far, in order. */
  public List<IdentityView.Change> entries() {
    return entries;
  }

  /** A credential was revoked by it. */
  void revoked() {
    isRevocation = true;
  }

  /** Whether a credential was revoked by it. */
  public boolean isRevocation() {
    return isRevocation;
  }

  /** An event about a principal, and the feed entry that tells every view of it. */
  long record(Principal principal, String type, String actor, Map<String, String> details)
      throws SQLException {
    return record(principal, type, actor, principal.id().uri(), details);
  }

  /** As above, for an event whose subject is something that the principal has. */
  long record(
      Principal principal, String type, String actor, String subject, Map<String, String> details)
      throws SQLException {
    event(type, principal.id().tenant(), actor, subject, details);
    long position = feed(principal.number(), type);
    Sql.update(
        connection,
        "UPDATE principal SET position = ? WHERE number = ?",
        position,
        principal.number());
    return position;
  }

  void event(
      String type, TenantId tenant, String actor, String subject, Map<String, String> details)
      throws SQLException {
    Event event = Event.of(type, now, tenant, actor, subject, details);
    OutboxTable.add(connection, OUTBOX, event);
  }

  /** A feed entry; number 0 stands for the policy. */
  long feed(int number, String type) throws SQLException {
    long position =
        Sql.insert(
            connection,
            "INSERT INTO feed (principal, type, time) VALUES (?, ?, ?) RETURNING position",
            number,
            type,
            now);
    entries.add(new IdentityView.Change(position, number));
    return position;
  }
}
