package io.telltale.keys;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.Epoch;
import io.telltale.record.EpochPublicKey;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Epoch key pairs, one per scope and UTC day, made ahead. */
final class EpochKeys {
  /** Made at once, so that the first sealer of a day need not wait for the backend. */
  static final int DAYS_AT_ONCE = 14;

  /** How far from today a day may be: a jumped clock must not make keys for years to come. */
  static final int DAYS_AHEAD_MAX = 35;

  static final int DAYS_BEHIND_MAX = 1;

  private final AuthorityParts core;
  private final EpochSigner signer;
  // Of days that may be sealed on: sealers go on with what they have asked for while the store is
  // away, each event loop by itself.
  private final Map<ScopeDay, Bytes> published = new ConcurrentHashMap<>();

  private record ScopeDay(Scope scope, LocalDate day) {}

  EpochKeys(AuthorityParts core, EpochSigner signer) {
    this.core = core;
    this.signer = signer;
  }

  static Bytes context(Epoch epoch) {
    return new CborWriter(96)
        .array(4)
        .text("telltale/epoch-key")
        .text(epoch.scope().path())
        .integer(epoch.day().toEpochDay())
        .integer(epoch.version())
        .toBytes();
  }

  private LocalDate today() {
    return LocalDate.ofInstant(core.clock().instant(), ZoneOffset.UTC);
  }

  boolean inRange(LocalDate day) {
    LocalDate today = today();
    return !day.isBefore(today.minusDays(DAYS_BEHIND_MAX))
        && !day.isAfter(today.plusDays(DAYS_AHEAD_MAX));
  }

  /**
   * The public half for sealing on that day, with our signature: of the store, or while that does
   * not answer, what it had last.
   */
  Optional<Bytes> signed(Scope scope, LocalDate day) {
    var which = new ScopeDay(scope, day);
    try {
      Optional<Bytes> found = find(scope, day).map(ShredStore.EpochRow::signed);
      found.ifPresentOrElse(signed -> published.put(which, signed), () -> published.remove(which));
      return found;
    } catch (UnavailableException e) {
      Bytes known = published.get(which);
      if (known == null) {
        throw e;
      }
      return Optional.of(known);
    }
  }

  // Once for all days: nobody seals on one that has passed.
  private void publish(List<ShredStore.EpochRow> rows) {
    LocalDate first = today().minusDays(DAYS_BEHIND_MAX);
    published.keySet().removeIf(one -> one.day().isBefore(first));
    for (ShredStore.EpochRow row : rows) {
      published.put(new ScopeDay(row.epoch().scope(), row.epoch().day()), row.signed());
    }
  }

  /** The pair for sealing on that day: one that is signed. */
  Optional<ShredStore.EpochRow> find(Scope scope, LocalDate day) {
    return core.store().newestEpoch(scope, day).filter(row -> row.signed().size() > 0);
  }

  /** Makes what is missing from {@code day} on; false when the scope's key cannot wrap. */
  boolean create(Scope scope, LocalDate day) {
    var rows = new ArrayList<ShredStore.EpochRow>();
    for (int ahead = 0; ahead < DAYS_AT_ONCE; ahead++) {
      LocalDate next = day.plusDays(ahead);
      if (find(scope, next).isPresent()) {
        continue;
      }
      int version =
          1 + core.store().newestEpoch(scope, next).map(old -> old.epoch().version()).orElse(0);
      Optional<ShredStore.EpochRow> row = generate(new Epoch(scope, next, version));
      if (row.isEmpty()) {
        return false;
      }
      rows.add(row.get());
    }
    core.write(tx -> rows.forEach(tx::epoch));
    publish(rows);
    return true;
  }

  private Optional<ShredStore.EpochRow> generate(Epoch epoch) {
    Hpke.Pair pair = Hpke.generate();
    try (var secret = pair.privateKey()) {
      return switch (core.wrapping()
          .wrap(AuthorityParts.keyOf(epoch.scope()), context(epoch), secret)) {
        case Wrapping.Wrapped.Refused refused -> Optional.empty();
        case Wrapping.Wrapped.Done done ->
            Optional.of(
                new ShredStore.EpochRow(
                    epoch,
                    pair.publicKey(),
                    done.secret(),
                    signer.sign(new EpochPublicKey(epoch, pair.publicKey()))));
      };
    }
  }

  /** The private half, unwrapped. */
  KeyBackend.Unwrapped open(ShredStore.EpochRow row) {
    return core.wrapping()
        .unwrap(AuthorityParts.keyOf(row.epoch().scope()), context(row.epoch()), row.privateKey());
  }

  /** The same private halves under the newest version of the scope's key. */
  List<ShredStore.EpochRow> rewrapped(Scope scope) {
    var rows = new ArrayList<ShredStore.EpochRow>();
    for (ShredStore.EpochRow row : core.store().epochs(scope)) {
      WrappedSecret fresh =
          Rewrap.secret(core, AuthorityParts.keyOf(scope), context(row.epoch()), row.privateKey());
      rows.add(new ShredStore.EpochRow(row.epoch(), row.publicKey(), fresh, row.signed()));
    }
    return rows;
  }
}
