package io.telltale.registry;

import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** One-time enrollment tokens (ID-4), known by their hash only. */
final class Tokens {
  private static final int OPEN_PER_DEVICE_MAX = 16;
  private static final int REFUSAL_EVENTS_PER_MINUTE = 120;

  // Written on the database's writer thread only.
  private long refusalMinute;
  private int refusalsThisMinute;
  private long refusalsNotRecorded;

  private record Row(int principal, Hash hash, Instant expires, boolean spent, boolean voided) {}

  TokenCreation create(Change change, SpiffeId device, NewToken token, String actor)
      throws SQLException {
    Optional<Principal> found = Principals.find(change.connection(), device);
    if (found.isEmpty()) {
      return new TokenCreation.UnknownDevice();
    }
    Principal principal = found.get();
    if (!principal.state().mayEnroll()) {
      return new TokenCreation.WrongState(principal.state());
    }
    if (open(change, principal.number()) >= OPEN_PER_DEVICE_MAX) {
      return new TokenCreation.TooMany();
    }
    Instant expires = change.now().plus(token.ttl());
    Sql.update(
        change.connection(),
        "INSERT INTO token (hash, principal, created, created_by, expires) VALUES (?, ?, ?, ?, ?)",
        token.hash(),
        principal.number(),
        change.now(),
        actor,
        expires);
    change.event(
        "token.created",
        device.tenant(),
        actor,
        device.uri(),
        Map.of("expires", expires.toString()));
    return new TokenCreation.Created(expires);
  }

  /** What the operator asked for. */
  record NewToken(Hash hash, Duration ttl) {}

  TokenSpending spend(Change change, SpiffeId device, Hash presented) throws SQLException {
    Optional<Principal> owner = Principals.find(change.connection(), device);
    Optional<TokenSpending.Why> refusal = refusal(change, owner, presented);
    if (refusal.isPresent() || owner.isEmpty()) {
      TokenSpending.Why why = refusal.orElse(TokenSpending.Why.UNKNOWN_DEVICE);
      recordRefusal(change, device, why);
      return new TokenSpending.Refused(why);
    }
    Sql.update(
        change.connection(), "UPDATE token SET spent = ? WHERE hash = ?", change.now(), presented);
    change.event("token.spent", device.tenant(), device.uri(), device.uri(), Map.of());
    return new TokenSpending.Spent(owner.get().number());
  }

  private static Optional<TokenSpending.Why> refusal(
      Change change, Optional<Principal> owner, Hash presented) throws SQLException {
    Optional<Row> found =
        Sql.first(
            change.connection(),
            "SELECT * FROM token WHERE hash = ?",
            row ->
                new Row(
                    row.getInt("principal"),
                    Sql.hash(row, "hash"),
                    Sql.time(row, "expires"),
                    Sql.optionalTime(row, "spent").isPresent(),
                    Sql.optionalTime(row, "voided").isPresent()),
            presented);
    if (owner.isEmpty()) {
      return Optional.of(TokenSpending.Why.UNKNOWN_DEVICE);
    }
    // The index compares hashes byte by byte, which tells nothing of the token: whoever asks knows
    // the hash and cannot choose it. The comparison that decides is constant-time all the same.
    if (found.isEmpty() || !found.get().hash().value().equalsConstantTime(presented.value())) {
      return Optional.of(TokenSpending.Why.UNKNOWN_TOKEN);
    }
    Row token = found.get();
    if (token.principal() != owner.get().number()) {
      return Optional.of(TokenSpending.Why.WRONG_DEVICE);
    }
    if (token.spent()) {
      return Optional.of(TokenSpending.Why.ALREADY_SPENT);
    }
    if (token.voided()) {
      return Optional.of(TokenSpending.Why.VOIDED);
    }
    if (!change.now().isBefore(token.expires())) {
      return Optional.of(TokenSpending.Why.EXPIRED);
    }
    return owner.get().state().mayEnroll()
        ? Optional.empty()
        : Optional.of(TokenSpending.Why.DEVICE_STATE);
  }

  // Anybody can cause refusals, so they may not fill the ledger: what is left out is counted in.
  private void recordRefusal(Change change, SpiffeId device, TokenSpending.Why why)
      throws SQLException {
    long minute = change.now().getEpochSecond() / 60;
    if (minute != refusalMinute) {
      refusalMinute = minute;
      refusalsThisMinute = 0;
    }
    if (++refusalsThisMinute > REFUSAL_EVENTS_PER_MINUTE) {
      refusalsNotRecorded++;
      return;
    }
    var details = new HashMap<>(Map.of("why", why.text()));
    if (refusalsNotRecorded > 0) {
      details.put("notRecordedBefore", Long.toString(refusalsNotRecorded));
      refusalsNotRecorded = 0;
    }
    TenantId tenant = device.tenant();
    change.event("token.refused", tenant, device.uri(), device.uri(), details);
  }

  private static int open(Change change, int principal) throws SQLException {
    return Sql.first(
            change.connection(),
            "SELECT count(*) FROM token WHERE principal = ? AND spent IS NULL AND voided IS NULL"
                + " AND expires > ?",
            row -> row.getInt(1),
            principal,
            change.now())
        .orElse(0);
  }

  static int voidOpen(Change change, int principal) throws SQLException {
    return Sql.update(
        change.connection(),
        "UPDATE token SET voided = ? WHERE principal = ? AND spent IS NULL AND voided IS NULL",
        change.now(),
        principal);
  }
}
