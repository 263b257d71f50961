package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The windows of the enrolments seen lately, and which of them changed since the last commit: the
 * last word on what is a duplicate and what a fork. Not thread-safe.
 */
final class DeviceWindows {
  private static final int KEPT_MAX = 20_000;

  private final StateStore store;
  private final LinkedHashMap<Key, SequenceWindow> kept = new LinkedHashMap<>(1024, 0.75f, true);
  private final Map<Key, SequenceWindow> changed = new TreeMap<>();

  /** Whose window it is. */
  record Key(int device, int enrolment) implements Comparable<Key> {
    static final int FIRST_ENROLMENT = 1;

    Key before() {
      return new Key(device, enrolment - 1);
    }

    @Override
    public int compareTo(Key other) {
      int order = Integer.compare(device, other.device);
      return order != 0 ? order : Integer.compare(enrolment, other.enrolment);
    }
  }

  /**
   * What a reading is known by.
   *
   * @param whole as windows of version 1 have it
   */
  record Hashes(long reading, long whole) {}

  DeviceWindows(StateStore store) {
    this.store = store;
  }

  /** A reading that the enrolment before has brought already is the same one. */
  Standing look(Key key, long sequence, Hashes hashes) {
    Standing own = look(of(key), sequence, hashes);
    return switch (own) {
      case FIRST, AHEAD, JUMP, TOO_FAR, LATE ->
          key.enrolment() > Key.FIRST_ENROLMENT
                  && look(of(key.before()), sequence, hashes) == Standing.SAME
              ? Standing.SAME
              : own;
      case SAME, OTHER, FORGOTTEN -> own;
    };
  }

  private static Standing look(SequenceWindow window, long sequence, Hashes hashes) {
    Standing standing = window.look(sequence, hashes.reading());
    return standing == Standing.OTHER ? window.look(sequence, hashes.whole()) : standing;
  }

  void use(Key key, long sequence, Hashes hashes, long offset) {
    SequenceWindow window = of(key);
    window.use(sequence, hashes.reading(), offset);
    changed.put(key, window);
  }

  private SequenceWindow of(Key key) {
    SequenceWindow changedOne = changed.get(key);
    return changedOne != null
        ? changedOne
        : kept.computeIfAbsent(
            key, unknown -> store.window(unknown).orElseGet(SequenceWindow::new));
  }

  /** What has to be stored, sealed. */
  Map<Key, Bytes> sealed() {
    var sealed = new TreeMap<Key, Bytes>();
    changed.forEach((key, window) -> sealed.put(key, store.seal(key, window)));
    return sealed;
  }

  /** What changed is stored now. */
  void committed() {
    kept.putAll(changed);
    changed.clear();
    var oldest = kept.keySet().iterator();
    while (kept.size() > KEPT_MAX) {
      oldest.next();
      oldest.remove();
    }
  }
}
