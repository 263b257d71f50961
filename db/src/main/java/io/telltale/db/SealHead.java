package io.telltale.db;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The one row from which the rest of a store follows: how far it is, and what must be in it.
 *
 * @param change how many changes there were
 * @param chain links all changes up to this one
 * @param told the last change that was more than housekeeping
 * @param adopted whether the store is older than its seals
 * @param schema hash of all that the database declares
 * @param sequences hash of the counters of AUTOINCREMENT
 * @param totals each covered table and the sum of its rows' elements
 */
record SealHead(
    long change,
    Hash chain,
    long told,
    boolean adopted,
    Hash schema,
    Hash sequences,
    List<Total> totals) {
  static final Hash NO_CHAIN = new Hash(Bytes.adopt(new byte[Hash.SIZE]));
  private static final int VERSION = 1;

  /** The bucket number under which a total is masked. */
  private static final int TOTAL = SealedTable.BUCKETS;

  record Total(int number, String table, Sum sum) {}

  SealHead {
    totals = List.copyOf(totals);
  }

  /** What the row held. */
  sealed interface Stored {
    record Is(SealHead head, Bytes tag) implements Stored {}

    /** Authenticated by another key: a store of another data folder. */
    record OfAnotherKey() implements Stored {}

    record Damaged() implements Stored {}

    record Missing() implements Stored {}
  }

  private record Masked(Bytes keyId, Bytes nonce, SealHead head) {}

  /** Writes the row; returns its tag. */
  Bytes store(SealStatements statements, SealKeys keys, Bytes nonce) throws SQLException {
    Bytes body = encode(keys, nonce);
    Bytes tag = keys.head(body);
    statements.putHead(body, tag);
    return tag;
  }

  private Bytes encode(SealKeys keys, Bytes nonce) {
    CborWriter out = new CborWriter(512).map(10);
    out.integer(0).integer(VERSION).integer(1).bytes(keys.id()).integer(2).integer(change);
    out.integer(3).bytes(chain.value()).integer(4).integer(told).integer(5).bool(adopted);
    out.integer(6).bytes(schema.value()).integer(7).bytes(sequences.value());
    out.integer(8).bytes(nonce).integer(9).array(totals.size());
    for (Total total : totals) {
      Sum masked = total.sum().plus(keys.mask(nonce, total.number(), TOTAL));
      out.array(3).integer(total.number()).text(total.table()).bytes(masked.bytes());
    }
    return out.toBytes();
  }

  static Stored read(Connection connection, SealKeys keys) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT body, tag FROM seal_head WHERE one = 1");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return new Stored.Missing();
      }
      Bytes body = Bytes.adopt(row.getBytes(1));
      Bytes tag = Bytes.adopt(row.getBytes(2));
      Optional<Masked> masked = Cbor.decode(body, SealHead::decode);
      if (masked.isPresent() && !masked.get().keyId().equals(keys.id())) {
        return new Stored.OfAnotherKey();
      }
      if (masked.isEmpty() || !keys.head(body).equalsConstantTime(tag)) {
        return new Stored.Damaged();
      }
      return new Stored.Is(unmasked(masked.get(), keys), tag);
    }
  }

  private static Masked decode(CborReader in) {
    in.map(10);
    in.key(0);
    in.integer(VERSION, VERSION);
    in.key(1);
    Bytes keyId = in.bytes();
    in.key(2);
    long change = in.integer();
    in.key(3);
    Hash chain = new Hash(in.bytes());
    in.key(4);
    long told = in.integer();
    in.key(5);
    boolean adopted = in.bool();
    in.key(6);
    Hash schema = new Hash(in.bytes());
    in.key(7);
    Hash sequences = new Hash(in.bytes());
    in.key(8);
    Bytes nonce = in.bytes(SealKeys.NONCE_SIZE);
    in.key(9);
    int count = in.array();
    var totals = new ArrayList<Total>();
    for (int i = 0; i < count; i++) {
      in.array(3);
      int number = (int) in.integer(0, Integer.MAX_VALUE);
      totals.add(new Total(number, in.text(), Sum.of(in.bytes(Hash.SIZE))));
    }
    var head = new SealHead(change, chain, told, adopted, schema, sequences, totals);
    return new Masked(keyId, nonce, head);
  }

  private static SealHead unmasked(Masked masked, SealKeys keys) {
    List<Total> totals =
        masked.head().totals().stream()
            .map(
                total ->
                    new Total(
                        total.number(),
                        total.table(),
                        total.sum().minus(keys.mask(masked.nonce(), total.number(), TOTAL))))
            .toList();
    return masked.head().with(totals);
  }

  private SealHead with(List<Total> sums) {
    return new SealHead(change, chain, told, adopted, schema, sequences, sums);
  }
}
