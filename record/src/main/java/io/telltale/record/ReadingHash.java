package io.telltale.record;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.KeyedHash;

/**
 * The hash by which windows know a reading again: over its message type and its payload without the
 * value of {@code sent}, which agents renew ({@code docs/format/pipeline-state.md}). Takes any
 * bytes.
 */
public final class ReadingHash {
  private static final byte[] SENT = {'"', 's', 'e', 'n', 't', '"'};

  private final KeyedHash key;

  public ReadingHash(KeyedHash key) {
    this.key = key;
  }

  /** What a message type puts into each of its readings' hashes. */
  public long label(String messageType) {
    return key.of(Bytes.utf8(messageType));
  }

  /** The hash of a reading of the type with that {@link #label}. */
  public long of(long label, Bytes payload) {
    byte[] bytes = payload.borrow();
    int from = sentAt(bytes);
    return key.of(label, bytes, from, endOfDigits(bytes, from));
  }

  /** As {@link #of} for windows of version 1: over the whole payload and nothing else. */
  public long ofWhole(Bytes payload) {
    return key.of(payload);
  }

  /** Where the value of the outermost object's member {@code sent} begins; the end without one. */
  private static int sentAt(byte[] json) {
    int depth = 0;
    for (int at = 0; at < json.length; at++) {
      switch (json[at]) {
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '"' -> {
          int end = endOfString(json, at);
          if (depth == 1 && isSent(json, at, end)) {
            int colon = skipSpace(json, end);
            if (colon < json.length && json[colon] == ':') {
              return skipSpace(json, colon + 1);
            }
          }
          at = end - 1;
        }
        default -> {
          // Numbers, literals, commas and white space.
        }
      }
    }
    return json.length;
  }

  private static boolean isSent(byte[] json, int from, int end) {
    return java.util.Arrays.equals(json, from, end, SENT, 0, SENT.length);
  }

  /** Behind the closing quote of the string that begins at {@code at}. */
  private static int endOfString(byte[] json, int at) {
    int next = at + 1;
    while (next < json.length && json[next] != '"') {
      next += json[next] == '\\' ? 2 : 1;
    }
    return Math.min(next + 1, json.length);
  }

  private static int skipSpace(byte[] json, int from) {
    int at = from;
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) {
      at++;
    }
    return at;
  }

  private static int endOfDigits(byte[] json, int from) {
    int at = from;
    while (at < json.length && json[at] >= '0' && json[at] <= '9') {
      at++;
    }
    return at;
  }
}
