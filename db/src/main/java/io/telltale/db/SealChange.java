package io.telltale.db;

import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One change on its way: the rows' seals, the sums and the next link of the chain. */
final class SealChange {
  private final SealStatements statements;
  private final SealKeys keys;
  private final Bytes nonce;
  private final SealHead before;
  private final long number;
  private final MessageDigest delta = sha256();
  private final Map<Integer, Sum> totals = new HashMap<>();
  private final Map<Place, Sum> buckets = new HashMap<>();
  private boolean any;
  private boolean told;

  private record Place(int table, int bucket) {}

  SealChange(SealStatements statements, SealKeys keys, Bytes nonce, SealHead before) {
    this.statements = statements;
    this.keys = keys;
    this.nonce = nonce;
    this.before = before;
    this.number = before.change() + 1;
    before.totals().forEach(total -> totals.put(total.number(), total.sum()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Seals what a row has become, after a look at what it was: a row that was edited by hand must
   * not become authentic because one of its columns was written. Returns what is wrong with it.
   */
  Optional<String> add(SealedTable table, TouchedRows.Touched row, boolean quiet)
      throws SQLException {
    Optional<SealStatements.RowSeal> sealed = statements.find(row.table, row.key);
    Optional<String> wrong = wrong(table, row, sealed);
    if (wrong.isPresent() || Objects.equals(row.before, row.now)) {
      return wrong;
    }
    any = true;
    told |= !quiet;
    int bucket = SealedTable.bucket(row.key.encoded());
    if (sealed.isPresent()) {
      Sum old = keys.element(sealed.get().tag());
      totals.merge(table.number(), old, Sum::minus);
      buckets.put(place(table, bucket), bucket(table, bucket).minus(old));
    }
    Bytes tag = row.now == null ? null : seal(table, row, row.now);
    if (tag == null) {
      statements.drop(row.table, row.key);
    } else {
      Sum fresh = keys.element(tag);
      totals.merge(table.number(), fresh, Sum::plus);
      buckets.put(place(table, bucket), bucket(table, bucket).plus(fresh));
    }
    link(table, row, tag);
    return Optional.empty();
  }

  private Optional<String> wrong(
      SealedTable table, TouchedRows.Touched row, Optional<SealStatements.RowSeal> sealed) {
    if (row.before == null) {
      return sealed.map(_ -> Damage.row(table.name(), row.key.shown(), Damage.REMOVED));
    }
    if (sealed.isEmpty()) {
      return Optional.of(Damage.row(table.name(), row.key.shown(), Damage.ADDED));
    }
    Bytes tag = keys.row(table.name(), row.key.encoded(), sealed.get().change(), row.before);
    return tag.equalsConstantTime(sealed.get().tag())
        ? Optional.empty()
        : Optional.of(Damage.row(table.name(), row.key.shown(), Damage.EDITED));
  }

  private Bytes seal(SealedTable table, TouchedRows.Touched row, Bytes now) throws SQLException {
    Bytes tag = keys.row(table.name(), row.key.encoded(), number, now);
    statements.put(row.table, row.key, new SealStatements.RowSeal(number, tag));
    return tag;
  }

  private static Place place(SealedTable table, int bucket) {
    return new Place(table.number(), bucket);
  }

  private Sum bucket(SealedTable table, int bucket) throws SQLException {
    Sum known = buckets.get(place(table, bucket));
    return known == null ? statements.bucket(keys, table.number(), bucket) : known;
  }

  private void link(SealedTable table, TouchedRows.Touched row, @Nullable Bytes tag) {
    CborWriter out =
        new CborWriter(128).array(3).text(table.name()).raw(row.key.encoded().borrow());
    delta.update((tag == null ? out.nothing() : out.bytes(tag)).toArray());
  }

  boolean isEmpty() {
    return !any;
  }

  /** What the head becomes; everything else is written when this returns. */
  SealHead finish(Hash schema, Hash sequences) throws SQLException {
    storeBuckets();
    Hash linked = new Hash(Bytes.adopt(delta.digest()));
    Hash chain = keys.link(number, before.chain(), linked);
    statements.addChange(number, linked, chain);
    return new SealHead(
        number,
        chain,
        told ? number : before.told(),
        before.adopted(),
        schema,
        sequences,
        before.totals().stream()
            .map(
                total ->
                    new SealHead.Total(
                        total.number(),
                        total.table(),
                        totals.getOrDefault(total.number(), total.sum())))
            .toList());
  }

  private void storeBuckets() throws SQLException {
    for (Map.Entry<Place, Sum> bucket : buckets.entrySet()) {
      Place place = bucket.getKey();
      Sum masked = bucket.getValue().plus(keys.mask(nonce, place.table(), place.bucket()));
      statements.putBucket(place.table(), place.bucket(), nonce, masked);
    }
  }
}
