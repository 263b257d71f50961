package io.telltale.lake;

import io.telltale.kernel.Scope;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;

/** Rows that go into one file, and the bounds by which a question may pass the file over. */
final class FileGroup {
  private final Key key;
  private final int number;
  private final Map<String, Bounds> bounds = new HashMap<>();
  private long rows;

  /**
   * One file holds one scope, one day and one bucket: so that destroying a key erases just that.
   */
  record Key(Scope scope, long epochDay, int bucket) {}

  private static final class Bounds {
    private Object least;
    private Object most;

    Bounds(Object value) {
      least = value;
      most = value;
    }
  }

  FileGroup(Key key, int number) {
    this.key = key;
    this.number = number;
  }

  Key key() {
    return key;
  }

  int number() {
    return number;
  }

  long rows() {
    return rows;
  }

  FileGroup addRows(long count) {
    rows += count;
    return this;
  }

  <T extends Comparable<T>> FileGroup see(String column, T value) {
    Bounds seen = bounds.get(column);
    if (seen == null) {
      bounds.put(column, new Bounds(value));
    } else if (value.compareTo(as(seen.least, value)) < 0) {
      seen.least = value;
    } else if (value.compareTo(as(seen.most, value)) > 0) {
      seen.most = value;
    }
    return this;
  }

  @SuppressWarnings("unchecked") // a column's values are all of one class
  private static <T> T as(Object seen, T like) {
    return (T) like.getClass().cast(seen);
  }

  Metrics metrics(Schema schema) {
    var least = new HashMap<Integer, ByteBuffer>();
    var most = new HashMap<Integer, ByteBuffer>();
    bounds.forEach(
        (column, seen) -> {
          int id = schema.findField(column).fieldId();
          Type type = schema.findType(column);
          least.put(id, Conversions.toByteBuffer(type, seen.least));
          most.put(id, Conversions.toByteBuffer(type, seen.most));
        });
    return new Metrics(rows, null, null, null, null, least, most);
  }
}
