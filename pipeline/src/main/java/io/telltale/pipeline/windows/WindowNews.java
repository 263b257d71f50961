package io.telltale.pipeline.windows;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.record.SequenceWindow;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the windows have taken in since each was last stored whole, by window and in order. A window
 * is its stored row and, on top, what is here. Not thread-safe.
 */
public final class WindowNews {
  private static final byte VERSION = 1;
  private static final int ENTRY_SIZE = 2 * Integer.BYTES + 3 * Long.BYTES;
  private static final int FIELDS = 4;

  // In the order of each window's first entry, so that the oldest come first.
  private final Map<DeviceWindows.Key, Entries> pending = new LinkedHashMap<>();
  private int size;

  /** A number that was used. */
  public record Entry(DeviceWindows.Key key, long sequence, long hash, long offset) {}

  /** Number of the news, sequence, hash and offset of each. */
  private static final class Entries {
    private long[] fields = new long[FIELDS];
    private int size;

    void add(long number, Entry entry) {
      if (size == fields.length) {
        fields = Arrays.copyOf(fields, 2 * size);
      }
      fields[size] = number;
      fields[size + 1] = entry.sequence();
      fields[size + 2] = entry.hash();
      fields[size + 3] = entry.offset();
      size += FIELDS;
    }
  }

  /** The oldest news that a window other than {@code folded} waits for; else {@code none}. */
  long oldestBut(Set<DeviceWindows.Key> folded, long none) {
    for (Map.Entry<DeviceWindows.Key, Entries> one : pending.entrySet()) {
      if (!folded.contains(one.getKey())) {
        return one.getValue().fields[0];
      }
    }
    return none;
  }

  /** The windows that have waited longest: those with news up to {@code number}, and more. */
  List<DeviceWindows.Key> oldest(long number, int sizeMax, int keysMax) {
    var oldest = new ArrayList<DeviceWindows.Key>();
    int left = size;
    for (Map.Entry<DeviceWindows.Key, Entries> one : pending.entrySet()) {
      boolean due = one.getValue().fields[0] <= number || left > sizeMax;
      if (!due || oldest.size() == keysMax) {
        break;
      }
      left -= one.getValue().size / FIELDS;
      oldest.add(one.getKey());
    }
    return oldest;
  }

  void add(long number, Entry entry) {
    pending.computeIfAbsent(entry.key(), _ -> new Entries()).add(number, entry);
    size++;
  }

  void folded(DeviceWindows.Key key) {
    Entries gone = pending.remove(key);
    size -= gone == null ? 0 : gone.size / FIELDS;
  }

  /** Adds to a window, which is stored as of the news {@code through}, what came after. */
  void apply(DeviceWindows.Key key, long through, SequenceWindow window) {
    Entries entries = pending.get(key);
    for (int i = 0; entries != null && i < entries.size; i += FIELDS) {
      long[] fields = entries.fields;
      if (fields[i] > through) {
        window.use(fields[i + 1], fields[i + 2], fields[i + 3]);
      }
    }
  }

  public static Bytes encode(List<Entry> entries) {
    ByteBuffer out = ByteBuffer.allocate(1 + entries.size() * ENTRY_SIZE).put(VERSION);
    for (Entry entry : entries) {
      out.putInt(entry.key().device()).putInt(entry.key().enrolment());
      out.putLong(entry.sequence()).putLong(entry.hash()).putLong(entry.offset());
    }
    return Bytes.adopt(out.array());
  }

  public static List<Entry> decode(Bytes stored) {
    ByteBuffer in = stored.asBuffer();
    if (stored.size() % ENTRY_SIZE != 1 || in.get() != VERSION) {
      throw new CorruptException("stored news of replay windows are of unknown form");
    }
    var entries = new ArrayList<Entry>(in.remaining() / ENTRY_SIZE);
    while (in.hasRemaining()) {
      var key = new DeviceWindows.Key(in.getInt(), in.getInt());
      entries.add(new Entry(key, in.getLong(), in.getLong(), in.getLong()));
    }
    return entries;
  }
}
