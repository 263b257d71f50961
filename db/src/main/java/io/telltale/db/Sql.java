package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statements with parameters, never with text put together from input: the one way in which stores
 * speak SQL. A parameter is a text, a number, bytes, a yes or no, or a time, which a column has in
 * milliseconds.
 */
public final class Sql {
  private Sql() {}

  /** Reads the current row. */
  @FunctionalInterface
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** What a statement is given for one of several. */
  @FunctionalInterface
  public interface Parameters<T> {
    List<Object> of(T one);
  }

  public static int update(Connection connection, String sql, Object... parameters)
      throws SQLException {
    return update(connection, sql, List.of(parameters));
  }

  public static int update(Connection connection, String sql, List<Object> parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      return statement.executeUpdate();
    }
  }

  /** As many updates as there are {@code all}, by one statement; how many rows they touched. */
  public static <T> int updateEach(
      Connection connection, String sql, Iterable<T> all, Parameters<T> parameters)
      throws SQLException {
    int touched = 0;
    if (!all.iterator().hasNext()) {
      return touched; // A commit has most kinds of rows seldom.
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (T one : all) {
        bind(statement, parameters.of(one));
        touched += statement.executeUpdate();
      }
    }
    return touched;
  }

  /** As {@link #updateEach}, sent together where the driver can, and not counted. */
  public static <T> void batch(
      Connection connection, String sql, Iterable<T> all, Parameters<T> parameters)
      throws SQLException {
    if (!all.iterator().hasNext()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (T one : all) {
        bind(statement, parameters.of(one));
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** Inserts, by a statement that returns it, and tells the row's number. */
  public static long insert(Connection connection, String sql, Object... parameters)
      throws SQLException {
    return first(connection, sql, row -> row.getLong(1), parameters).orElseThrow();
  }

  public static <T> List<T> list(
      Connection connection, String sql, Row<T> reader, Object... parameters) throws SQLException {
    return list(connection, sql, reader, List.of(parameters));
  }

  public static <T> List<T> list(
      Connection connection, String sql, Row<T> reader, List<Object> parameters)
      throws SQLException {
    return read(
        connection,
        sql,
        rows -> {
          var result = new ArrayList<T>();
          while (rows.next()) {
            result.add(reader.read(rows));
          }
          return result;
        },
        parameters);
  }

  public static <T> Optional<T> first(
      Connection connection, String sql, Row<T> reader, Object... parameters) throws SQLException {
    return first(connection, sql, reader, List.of(parameters));
  }

  public static <T> Optional<T> first(
      Connection connection, String sql, Row<T> reader, List<Object> parameters)
      throws SQLException {
    return read(
        connection,
        sql,
        rows -> rows.next() ? Optional.of(reader.read(rows)) : Optional.empty(),
        parameters);
  }

  /**
   * What {@code rows} makes of a result that it goes through itself: one too large for a list, or
   * one of which it may not want all.
   */
  public static <T> T read(Connection connection, String sql, Row<T> rows, Object... parameters)
      throws SQLException {
    return read(connection, sql, rows, List.of(parameters));
  }

  private static <T> T read(Connection connection, String sql, Row<T> rows, List<Object> parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      try (ResultSet found = statement.executeQuery()) {
        return rows.read(found);
      }
    }
  }

  public static Optional<Instant> optionalTime(ResultSet row, int column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  public static Hash hash(ResultSet row, int column) throws SQLException {
    return new Hash(Bytes.adopt(row.getBytes(column)));
  }

  public static String optionalText(ResultSet row, int column) throws SQLException {
    @Nullable String text = row.getString(column);
    return text == null ? "" : text;
  }

  private static void bind(PreparedStatement statement, List<Object> parameters)
      throws SQLException {
    int index = 1;
    for (Object parameter : parameters) {
      switch (parameter) {
        case Instant time -> statement.setLong(index, time.toEpochMilli());
        case Bytes bytes -> statement.setBytes(index, bytes.borrow());
        case Hash hash -> statement.setBytes(index, hash.value().borrow());
        case Fingerprint name -> statement.setBytes(index, name.hash().value().borrow());
        case byte[] bytes -> statement.setBytes(index, bytes);
        case Long number -> statement.setLong(index, number);
        case Integer number -> statement.setInt(index, number);
        case String text -> statement.setString(index, text);
        case Boolean yes -> statement.setBoolean(index, yes);
        default -> throw new IllegalStateException("no column holds a " + parameter.getClass());
      }
      index++;
    }
  }
}
