package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.registry.CredentialChange;
import io.telltale.registry.NewToken;
import io.telltale.registry.TokenCreation;
import io.telltale.registry.TokenEnrollment;
import io.telltale.registry.TokenRefusal;
import io.telltale.roster.PolicyBook;
import io.telltale.roster.Principal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One-time enrollment tokens (ID-4), known by their hash only. */
public final class Tokens {
  private static final int OPEN_PER_DEVICE_MAX = 16;

  /** A clock may be set right by so much without harm. */
  private static final Duration SET_BACK = Duration.ofMinutes(5);

  private final RefusalEvents refusals;

  private record Row(
      int principal, Hash hash, Instant created, Instant expires, boolean spent, boolean voided) {
    /** One made later than now was made while the clock was ahead: its end is too far away. */
    boolean isOver(Instant now) {
      return !now.isBefore(expires) || now.isBefore(created.minus(SET_BACK));
    }
  }

  public Tokens(RefusalEvents refusals) {
    this.refusals = refusals;
  }

  /** What the operator asked for. */
  public record Wanted(List<NewToken> tokens, Duration ttl, String actor) {}

  public List<TokenCreation> create(Change change, PolicyBook policies, Wanted wanted)
      throws SQLException {
    var results = new ArrayList<TokenCreation>(wanted.tokens().size());
    for (NewToken token : wanted.tokens()) {
      long most = policies.inForce(token.device().tenant()).tokenSecondsMax();
      results.add(
          wanted.ttl().toSeconds() > most
              ? new TokenCreation.TooLong(Duration.ofSeconds(most))
              : create(change, token, wanted));
    }
    return results;
  }

  private TokenCreation create(Change change, NewToken token, Wanted wanted) throws SQLException {
    SpiffeId device = token.device().in(change.trustDomain());
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
    Instant expires = change.now().plus(wanted.ttl());
    Sql.update(
        change.connection(),
        "INSERT INTO token (hash, principal, created, created_by, expires) VALUES (?, ?, ?, ?, ?)",
        token.token(),
        principal.number(),
        change.now(),
        wanted.actor(),
        expires);
    change.event(
        "token.created",
        device.tenant(),
        wanted.actor(),
        device.uri(),
        Map.of("expires", expires.toString()));
    return new TokenCreation.Created(expires);
  }

  /** Spends the token if the credential is registered, and registers it if the token is good. */
  public TokenEnrollment enroll(Change change, TokenEnrollment.Wanted wanted) throws SQLException {
    SpiffeId device = wanted.device().in(change.trustDomain());
    Optional<TokenRefusal> refusal =
        refusal(change.connection(), change.now(), device, wanted.token());
    if (refusal.isPresent()) {
      recordRefusal(change, device, refusal.get(), wanted.source());
      return new TokenEnrollment.TokenRefused(refusal.get());
    }
    var act = new Act(device.uri(), wanted.how());
    return switch (Issuance.add(change, device, wanted.credential(), act)) {
      case Issuance.Decision.Refused(var why) -> new TokenEnrollment.CredentialRefused(why);
      // The same certificate a second time: whoever sent it has one already.
      case Issuance.Decision.Known known ->
          new TokenEnrollment.CredentialRefused(CredentialChange.Reason.CERTIFICATE_KNOWN);
      case Issuance.Decision.Added added -> {
        markSpent(change, device, wanted.token());
        yield new TokenEnrollment.Enrolled();
      }
    };
  }

  private static void markSpent(Change change, SpiffeId device, Hash token) throws SQLException {
    Sql.update(
        change.connection(), "UPDATE token SET spent = ? WHERE hash = ?", change.now(), token);
    change.event("token.spent", device.tenant(), device.uri(), device.uri(), Map.of());
  }

  /** Why a token would be refused now; changes nothing. */
  public static Optional<TokenRefusal> refusal(
      Connection connection, Instant now, SpiffeId device, Hash presented) throws SQLException {
    Optional<Principal> owner = Principals.find(connection, device);
    Optional<Row> found =
        Sql.first(
            connection,
            "SELECT principal, hash, created, expires, spent, voided FROM token WHERE hash = ?",
            row ->
                new Row(
                    row.getInt(1),
                    Sql.hash(row, 2),
                    Instant.ofEpochMilli(row.getLong(3)),
                    Instant.ofEpochMilli(row.getLong(4)),
                    Sql.optionalTime(row, 5).isPresent(),
                    Sql.optionalTime(row, 6).isPresent()),
            presented);
    if (owner.isEmpty()) {
      return Optional.of(TokenRefusal.UNKNOWN_DEVICE);
    }
    // The index compares hashes byte by byte, which tells nothing of the token: whoever asks knows
    // the hash and cannot choose it. The comparison that decides is constant-time all the same.
    if (found.isEmpty() || !found.get().hash().value().equalsConstantTime(presented.value())) {
      return Optional.of(TokenRefusal.UNKNOWN_TOKEN);
    }
    Row token = found.get();
    if (token.principal() != owner.get().number()) {
      return Optional.of(TokenRefusal.WRONG_DEVICE);
    }
    if (token.spent()) {
      return Optional.of(TokenRefusal.ALREADY_SPENT);
    }
    if (token.voided()) {
      return Optional.of(TokenRefusal.VOIDED);
    }
    if (token.isOver(now)) {
      return Optional.of(TokenRefusal.EXPIRED);
    }
    return owner.get().state().mayEnroll()
        ? Optional.empty()
        : Optional.of(TokenRefusal.DEVICE_STATE);
  }

  public void recordRefusal(Change change, SpiffeId device, TokenRefusal why, SourceBlock source)
      throws SQLException {
    refusals.record(
        change,
        new RefusalEvents.Refused(
            "token.refused", device, device.uri(), Map.of("why", why.text()), source));
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
