package io.telltale.ledger;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.proof.EventBody;
import io.telltale.proof.LedgerLeaf;
import java.util.Optional;

/** Turns events into leaves with sealed bodies and back. Thread-safe. */
final class EventSealing {
  private static final String LABEL = "telltale.ledger.body.v1";

  private final BodySealer sealer;
  private final Entropy entropy;

  EventSealing(BodySealer sealer, Entropy entropy) {
    this.sealer = sealer;
    this.entropy = entropy;
  }

  /** An event ready to be numbered. */
  record Prepared(LedgerLeaf leaf, Bytes leafBytes, EventBody body, Bytes sealed) {}

  /** What a leaf was made from. */
  record Opened(LedgerLeaf leaf, Bytes salt, Bytes bodyBytes, EventBody body) {}

  Prepared prepare(String source, long number, Event event) {
    EventBody body = EventBody.of(source, number, event);
    Bytes bodyBytes = body.encode();
    Bytes salt = entropy.bytes(LedgerLeaf.SALT_SIZE);
    var leaf = new LedgerLeaf(event.type(), event.time(), LedgerLeaf.commit(salt, bodyBytes));
    Bytes plain =
        new CborWriter(bodyBytes.size() + 48).array(2).bytes(salt).bytes(bodyBytes).toBytes();
    Bytes sealed = sealer.seal(event.tenant(), context(leaf), plain);
    return new Prepared(leaf, leaf.encode(), body, sealed);
  }

  /**
   * The body of a stored event; empty when it cannot be opened. Throws {@link CorruptException}
   * when what opens is not what the leaf commits to.
   */
  Optional<Opened> open(EventIndex.Row row) {
    LedgerLeaf leaf =
        LedgerLeaf.parse(row.leaf()).orElseThrow(() -> wrong(row.number(), "has no leaf"));
    return sealer
        .open(new TenantId(row.tenant()), context(leaf), row.body())
        .map(
            plain ->
                decode(leaf, plain).orElseThrow(() -> wrong(row.number(), "is not its leaf's")));
  }

  /** Whether the body does not open because its tenant was erased. */
  boolean erased(EventIndex.Row row) {
    return sealer.erased(new TenantId(row.tenant()));
  }

  private static Optional<Opened> decode(LedgerLeaf leaf, Bytes plain) {
    record Salted(Bytes salt, Bytes body) {}
    return Cbor.decode(
            plain,
            in -> {
              in.array(2);
              return new Salted(in.bytes(LedgerLeaf.SALT_SIZE), in.bytes());
            })
        .filter(one -> LedgerLeaf.commit(one.salt(), one.body()).equals(leaf.commitment()))
        .flatMap(
            one ->
                EventBody.parse(one.body())
                    .map(body -> new Opened(leaf, one.salt(), one.body(), body)));
  }

  // The commitment is unique to the event, so that no sealed body opens in another's place.
  private static Bytes context(LedgerLeaf leaf) {
    return new CborWriter(64).array(2).text(LABEL).bytes(leaf.commitment().value()).toBytes();
  }

  private static CorruptException wrong(long number, String how) {
    return new CorruptException("event %d of the ledger's index %s".formatted(number, how));
  }
}
