package io.telltale.db;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.KeyedHmac;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;

/**
 * The keyed functions of one store, each under a key of its own. Not thread-safe: one per owner.
 */
final class SealKeys {
  static final int NONCE_SIZE = 16;
  private static final int KEY_SIZE = 32;
  private static final int ID_SIZE = 8;

  private final String store;
  private final KeyedHmac row;
  private final KeyedHmac element;
  private final KeyedHmac mask;
  private final KeyedHmac head;
  private final Bytes id;

  SealKeys(StoreSeal seal) {
    this.store = seal.store();
    this.row = new KeyedHmac(derived(seal, "row"));
    this.element = new KeyedHmac(derived(seal, "element"));
    this.mask = new KeyedHmac(derived(seal, "mask"));
    this.head = new KeyedHmac(derived(seal, "head"));
    try (SecretBytes named = derived(seal, "id")) {
      this.id = Bytes.copyOf(named.toArray()).slice(0, ID_SIZE);
    }
  }

  private static SecretBytes derived(StoreSeal seal, String purpose) {
    Bytes info =
        new CborWriter(64)
            .array(3)
            .text("telltale/authentic-store/1")
            .text(seal.store())
            .text(purpose)
            .toBytes();
    return Hkdf.derive(seal.key(), Bytes.EMPTY, info, KEY_SIZE);
  }

  /** Tells this key from others, and nothing more of it. */
  Bytes id() {
    return id;
  }

  /** The visible tag of a row as it is since {@code change}. */
  Bytes row(String table, Bytes key, long change, Bytes columns) {
    CborWriter out = new CborWriter(columns.size() + key.size() + 64).array(4).text(table);
    out.raw(key.borrow()).integer(change).raw(columns.borrow());
    return row.tag(out.toBytes()).value();
  }

  /** What a row adds to the sums: follows from its tag and is never written down. */
  Sum element(Bytes rowTag) {
    return Sum.of(element.tag(rowTag).value());
  }

  /** What hides the sum of {@code bucket} of a table; a nonce serves one change. */
  Sum mask(Bytes nonce, int table, int bucket) {
    Bytes named = new CborWriter(48).array(3).bytes(nonce).integer(table).integer(bucket).toBytes();
    return Sum.of(mask.tag(named).value());
  }

  Bytes head(Bytes body) {
    return head.tag(body).value();
  }

  /** The next link of the chain of changes. */
  Hash link(long change, Hash before, Hash delta) {
    CborWriter out = new CborWriter(128).array(4).text(store).integer(change);
    return Hash.sha256(out.bytes(before.value()).bytes(delta.value()).toBytes());
  }
}
