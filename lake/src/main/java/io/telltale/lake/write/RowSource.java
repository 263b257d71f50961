package io.telltale.lake.write;

import io.telltale.engine.QuestionFailed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that answers SQL of our own with plain values. */
@FunctionalInterface
public interface RowSource {
  List<Row> rows(String sql) throws QuestionFailed;

  /** One row; columns count from zero, and a column that is read has a value of its type. */
  record Row(List<@Nullable Object> values) {
    public String text(int column) {
      return value(column, String.class);
    }

    public long whole(int column) {
      return value(column, Long.class);
    }

    public int small(int column) {
      return Math.toIntExact(whole(column));
    }

    double real(int column) {
      return value(column, Double.class);
    }

    public boolean flag(int column) {
      return value(column, Boolean.class);
    }

    public io.telltale.kernel.Bytes bytes(int column) {
      return value(column, io.telltale.kernel.Bytes.class);
    }

    // A worker says what it likes: a value of another type is its mistake, not ours.
    private <T> T value(int column, Class<T> type) {
      Object value = values.get(column);
      if (!type.isInstance(value)) {
        throw new io.telltale.kernel.CorruptException(
            "column %d is no %s".formatted(column, type.getSimpleName()));
      }
      return type.cast(value);
    }
  }
}
