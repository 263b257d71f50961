package io.telltale.db;

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
 * The seals' statements on one connection, prepared once: each work needs most of them. A writer's
 * live as long as its connection.
 */
final class SealStatements implements AutoCloseable {
  private final List<PreparedStatement> all = new ArrayList<>();
  private final PreparedStatement find;
  private final PreparedStatement put;
  private final PreparedStatement drop;
  private final PreparedStatement bucket;
  private final PreparedStatement putBucket;
  private final PreparedStatement change;
  private final PreparedStatement trim;
  private final PreparedStatement headTag;
  private final PreparedStatement putHead;
  private final PreparedStatement schemaVersion;

  /** A row's seal as stored. */
  record RowSeal(long change, Bytes tag) {}

  SealStatements(Connection connection, RowDriver rows) throws SQLException {
    find = prepared(connection, "SELECT change, tag FROM seal_row WHERE tab=? AND key=?");
    put =
        prepared(
            connection,
            "INSERT INTO seal_row (tab, key, change, tag) VALUES (?, ?, ?, ?) ON CONFLICT (tab,"
                + " key) DO UPDATE SET change = excluded.change, tag = excluded.tag");
    drop = prepared(connection, "DELETE FROM seal_row WHERE tab=? AND key=?");
    bucket = prepared(connection, "SELECT nonce, sum FROM seal_bucket WHERE tab=? AND bucket=?");
    putBucket =
        prepared(
            connection,
            "INSERT INTO seal_bucket (tab, bucket, nonce, sum) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (tab, bucket)"
                + " DO UPDATE SET nonce = excluded.nonce, sum = excluded.sum");
    change = prepared(connection, "INSERT INTO seal_change VALUES (?, ?, ?)");
    trim = prepared(connection, "DELETE FROM seal_change WHERE change < ?");
    headTag = prepared(connection, "SELECT tag FROM seal_head");
    putHead =
        prepared(
            connection,
            "INSERT INTO seal_head (one, body, tag) VALUES (1, ?, ?) ON CONFLICT (one)"
                + " DO UPDATE SET body = excluded.body, tag = excluded.tag");
    schemaVersion = prepared(connection, rows.declarationsVersion());
  }

  private PreparedStatement prepared(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    all.add(statement);
    return statement;
  }

  @Override
  public void close() throws SQLException {
    for (PreparedStatement statement : all) {
      statement.close();
    }
  }

  Optional<RowSeal> find(int table, RowKey key) throws SQLException {
    locate(find, table, key);
    try (ResultSet found = find.executeQuery()) {
      return found.next()
          ? Optional.of(new RowSeal(found.getLong(1), Bytes.adopt(found.getBytes(2))))
          : Optional.empty();
    }
  }

  void put(int table, RowKey key, RowSeal seal) throws SQLException {
    locate(put, table, key);
    put.setLong(3, seal.change());
    put.setBytes(4, seal.tag().borrow());
    put.executeUpdate();
  }

  void drop(int table, RowKey key) throws SQLException {
    locate(drop, table, key);
    drop.executeUpdate();
  }

  private static void locate(PreparedStatement statement, int table, RowKey key)
      throws SQLException {
    statement.setInt(1, table);
    SealedValues.bind(statement, 2, key.stored());
  }

  Sum bucket(SealKeys keys, int table, int number) throws SQLException {
    bucket.setInt(1, table);
    bucket.setInt(2, number);
    try (ResultSet row = bucket.executeQuery()) {
      return row.next()
          ? Sum.of(Bytes.adopt(row.getBytes(2)))
              .minus(keys.mask(Bytes.adopt(row.getBytes(1)), table, number))
          : Sum.ZERO;
    }
  }

  void putBucket(int table, int number, Bytes nonce, Sum masked) throws SQLException {
    putBucket.setInt(1, table);
    putBucket.setInt(2, number);
    putBucket.setBytes(3, nonce.borrow());
    putBucket.setBytes(4, masked.bytes().borrow());
    putBucket.executeUpdate();
  }

  void addChange(long number, Hash delta, Hash chain) throws SQLException {
    change.setLong(1, number);
    change.setBytes(2, delta.value().borrow());
    change.setBytes(3, chain.value().borrow());
    change.executeUpdate();
  }

  void trim(long before) throws SQLException {
    trim.setLong(1, before);
    trim.executeUpdate();
  }

  Bytes headTag() throws SQLException {
    try (ResultSet row = headTag.executeQuery()) {
      byte[] tag = row.next() ? row.getBytes(1) : null;
      return tag == null ? Bytes.EMPTY : Bytes.adopt(tag);
    }
  }

  void putHead(Bytes body, Bytes tag) throws SQLException {
    putHead.setBytes(1, body.borrow());
    putHead.setBytes(2, tag.borrow());
    putHead.executeUpdate();
  }

  long schemaVersion() throws SQLException {
    try (ResultSet row = schemaVersion.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
