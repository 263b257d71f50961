package io.telltale.doors.packet;

import java.util.OptionalLong;

/**
 * A number beside a payload: decimal digits, below 2^53, written in one way only, so that every
 * parser of JSON would read the same.
 */
final class PlainNumber {
  private static final OptionalLong NONE = OptionalLong.of(-1);
  private static final int DIGITS_MAX = 16;
  private static final long END = 1L << 53;

  private PlainNumber() {}

  /**
   * The number in the text that {@code in} passed last, unless there was one {@code before}. A
   * negative one stands for a text that is none: admission refuses it.
   */
  static OptionalLong once(OptionalLong before, MqttCursor in, int size) {
    if (before.isPresent() || size == 0 || size > DIGITS_MAX) {
      return NONE;
    }
    int from = in.textStart();
    if (size > 1 && in.byteAt(from) == '0') {
      return NONE;
    }
    long number = 0;
    for (int i = from; i < from + size; i++) {
      int digit = in.byteAt(i);
      if (digit < '0' || digit > '9') {
        return NONE;
      }
      number = number * 10 + (digit - '0');
    }
    return number < END ? OptionalLong.of(number) : NONE;
  }
}
