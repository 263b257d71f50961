package io.telltale.lake;

import io.telltale.kernel.Scope;
import io.telltale.record.Origin;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/** Rows that go into one file, and the bounds by which a question may pass the file over. */
final class FileGroup {
  private final Key key;
  private final int number;
  private final Map<String, Bounds> bounds = new HashMap<>();
  private @Nullable Readings readings;
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

  /** Takes one reading in: the way of every row, so nothing is boxed or looked up here. */
  void seeReading(long eventTime, RawRow row) {
    Origin origin = row.origin();
    String device = origin.device().name();
    Readings seen = readings == null ? new Readings(device) : readings;
    readings = seen;
    seen.see(0, eventTime);
    seen.see(1, origin.deviceNumber());
    seen.see(2, row.partition());
    seen.see(3, row.offset());
    if (device.compareTo(seen.leastDevice) < 0) {
      seen.leastDevice = device;
    } else if (device.compareTo(seen.mostDevice) > 0) {
      seen.mostDevice = device;
    }
    rows++;
  }

  private static final class Readings {
    private final long[] least = new long[4];
    private final long[] most = new long[4];
    private String leastDevice;
    private String mostDevice;

    Readings(String device) {
      Arrays.fill(least, Long.MAX_VALUE);
      Arrays.fill(most, Long.MIN_VALUE);
      leastDevice = device;
      mostDevice = device;
    }

    void see(int column, long value) {
      least[column] = Math.min(least[column], value);
      most[column] = Math.max(most[column], value);
    }

    void tell(FileGroup group) {
      group.see("event_time", least[0]).see("event_time", most[0]);
      group.see("device_number", (int) least[1]).see("device_number", (int) most[1]);
      group.see("partition", (int) least[2]).see("partition", (int) most[2]);
      group.see("record_offset", least[3]).see("record_offset", most[3]);
      group.see("device", leastDevice).see("device", mostDevice);
    }
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
    if (readings != null) {
      readings.tell(this);
    }
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
