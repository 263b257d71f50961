package io.telltale.bench;

import java.nio.charset.StandardCharsets;

/** A telemetry message of 256 bytes that any door admits: sequence and clock change, no more. */
final class BenchPayload {
  static final int SIZE = 256;

  private static final String TEMPLATE =
      "{\"seq\":1000000000000000,\"sent\":1000000000000,\"time\":1000000000000,\"values\":"
          + "{\"temperature\":61.25,\"vibration\":2.125,\"pressure\":412.5,\"power\":17.75},"
          + "\"firmware\":\"1.4.2-bench\"";
  private static final int SEQUENCE_END = TEMPLATE.indexOf(",\"sent\"");
  private static final int SENT_END = TEMPLATE.indexOf(",\"time\"");
  private static final int TIME_END = TEMPLATE.indexOf(",\"values\"");

  private final byte[] template;
  private long sequence = System.currentTimeMillis() * 1_000;

  BenchPayload() {
    // JSON allows blanks before the closing bracket: they bring every message to the same size.
    String padded = TEMPLATE + " ".repeat(SIZE - 1 - TEMPLATE.length()) + "}";
    this.template = padded.getBytes(StandardCharsets.US_ASCII);
  }

  /** Of the last message. */
  long sequence() {
    return sequence;
  }

  byte[] next() {
    byte[] message = template.clone();
    long now = System.currentTimeMillis();
    write(message, SEQUENCE_END, ++sequence);
    write(message, SENT_END, now);
    write(message, TIME_END, now);
    return message;
  }

  private static void write(byte[] message, int end, long number) {
    long rest = number;
    for (int at = end - 1; rest > 0; at--, rest /= 10) {
      message[at] = (byte) ('0' + rest % 10);
    }
  }
}
