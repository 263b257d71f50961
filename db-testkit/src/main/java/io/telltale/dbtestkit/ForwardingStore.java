package io.telltale.dbtestkit;

import io.telltale.db.RowDriver;
import io.telltale.db.StoreDriver;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** A store that is {@link #real}, but for what a test makes otherwise. */
public interface ForwardingStore extends StoreDriver {
  StoreDriver real();

  @Override
  default String name() {
    return real().name();
  }

  @Override
  default String place() {
    return real().place();
  }

  @Override
  default void create() {
    real().create();
  }

  @Override
  default boolean exists() throws IOException {
    return real().exists();
  }

  @Override
  default long bytes() throws IOException {
    return real().bytes();
  }

  @Override
  default Connection openWriter() throws SQLException {
    return real().openWriter();
  }

  @Override
  default Connection openReader() throws SQLException {
    return real().openReader();
  }

  @Override
  default void begin(Connection writer) throws SQLException {
    real().begin(writer);
  }

  @Override
  default void beginLong(Connection writer) throws SQLException {
    real().beginLong(writer);
  }

  @Override
  default void commit(Connection writer) throws SQLException {
    real().commit(writer);
  }

  @Override
  default void rollback(Connection writer) throws SQLException {
    real().rollback(writer);
  }

  @Override
  default void tidy(Connection writer) throws SQLException {
    real().tidy(writer);
  }

  @Override
  default void beginRead(Connection reader) throws SQLException {
    real().beginRead(reader);
  }

  @Override
  default void endRead(Connection reader) throws SQLException {
    real().endRead(reader);
  }

  @Override
  default int version(Connection connection) throws SQLException {
    return real().version(connection);
  }

  @Override
  default void apply(Connection writer, String migration) throws SQLException {
    real().apply(writer, migration);
  }

  @Override
  default void setVersion(Connection writer, int version) throws SQLException {
    real().setVersion(writer, version);
  }

  @Override
  default RuntimeException failure(String attempted, SQLException cause) {
    return real().failure(attempted, cause);
  }

  @Override
  default RowDriver rows() {
    return real().rows();
  }
}
