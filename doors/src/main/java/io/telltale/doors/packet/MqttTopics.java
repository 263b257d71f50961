package io.telltale.doors.packet;

/** What a topic name and a topic filter may look like (MQTT 5 and 3.1.1 section 4.7). */
final class MqttTopics {
  private static final String SHARED = "$share/";

  private MqttTopics() {}

  /** Of at least one byte and without wildcards. */
  static boolean isName(MqttCursor in, int from, int size) {
    for (int i = from; i < from + size; i++) {
      int one = in.byteAt(i);
      if (one == '+' || one == '#') {
        return false;
      }
    }
    return size > 0;
  }

  /** A wildcard stands for a whole level, and {@code #} for the last. */
  static boolean isFilter(String filter) {
    int last = filter.length() - 1;
    for (int i = 0; i <= last; i++) {
      char one = filter.charAt(i);
      boolean wildcard = one == '+' || one == '#';
      if (wildcard && i > 0 && filter.charAt(i - 1) != '/') {
        return false;
      }
      if ((one == '#' && i < last) || (one == '+' && i < last && filter.charAt(i + 1) != '/')) {
        return false;
      }
    }
    return last >= 0;
  }

  static boolean isShared(String filter) {
    return filter.startsWith(SHARED);
  }
}
