package io.telltale.record;

import io.telltale.kernel.Bytes;

/** What a log entry is, told by its outermost CBOR tag. */
public enum EntryKind {
  /** A COSE_Encrypt0 message. */
  RECORD,
  /** A COSE_Sign1 message. */
  ANNOUNCEMENT,
  /** Nothing of ours. */
  UNKNOWN;

  private static final int TAG_16 = 0xd0;
  private static final int TAG_18 = 0xd2;

  public static EntryKind of(Bytes entry) {
    int first = entry.size() == 0 ? 0 : entry.at(0) & 0xff;
    return switch (first) {
      case TAG_16 -> RECORD;
      case TAG_18 -> ANNOUNCEMENT;
      default -> UNKNOWN;
    };
  }
}
