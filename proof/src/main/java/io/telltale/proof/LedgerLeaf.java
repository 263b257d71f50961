package io.telltale.proof;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hmac;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the tree holds of an event ({@code docs/format/ledger.md}): enough to say that something of
 * this type happened then, and to recognise its body when that is disclosed, and no more.
 */
public record LedgerLeaf(String type, Instant time, Hash commitment) {
  public static final int SALT_SIZE = 32;
  private static final int VERSION = 1;
  private static final Pattern TYPE = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)+");
  private static final int TYPE_LENGTH_MAX = 64;
  private static final long TIME_MAX = 253_402_300_799_999L; // the last millisecond of year 9999

  public LedgerLeaf {
    if (type.length() > TYPE_LENGTH_MAX || !TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException("an event's type is lower-case words with dots");
    }
    if (time.toEpochMilli() < 0 || time.toEpochMilli() > TIME_MAX) {
      throw new IllegalArgumentException("an event's time lies between 1970 and 9999");
    }
  }

  /** HMAC-SHA-256(salt, body): without the salt nothing confirms a guess at the body. */
  public static Hash commit(Bytes salt, Bytes body) {
    return new Hmac().tag(salt, body);
  }

  public Bytes encode() {
    return new CborWriter(96)
        .map(4)
        .integer(0)
        .integer(VERSION)
        .integer(1)
        .text(type)
        .integer(2)
        .integer(time.toEpochMilli())
        .integer(3)
        .bytes(commitment.value())
        .toBytes();
  }

  public static Optional<LedgerLeaf> parse(Bytes leaf) {
    return Cbor.decode(
        leaf,
        in -> {
          in.map(4);
          in.key(0);
          in.integer(VERSION, VERSION);
          in.key(1);
          String type = in.text();
          in.key(2);
          Instant time = Instant.ofEpochMilli(in.integer(0, TIME_MAX));
          in.key(3);
          return new LedgerLeaf(type, time, new Hash(in.bytes(Hash.SIZE)));
        });
  }

  public Hash hash() {
    return MerkleTree.leafHash(encode());
  }
}
