package io.telltale.doors.accept;

import io.netty.buffer.ByteBuf;

/**
 * Follows the framing of TLS records (RFC 8446, section 5.1) to know what an unfinished one takes:
 * the engine makes room for all of it and says nothing of that.
 */
final class RecordTally implements Holding {
  private static final int HEADER_BYTES = 5;

  private int headerBytes;
  private int length;
  private int missing;

  void follow(ByteBuf read) {
    int at = read.readerIndex();
    int end = read.writerIndex();
    while (at < end) {
      if (missing == 0) {
        header(read.getUnsignedByte(at++));
      } else {
        int taken = Math.min(missing, end - at);
        missing -= taken;
        at += taken;
      }
      if (missing == 0 && headerBytes == HEADER_BYTES) {
        headerBytes = 0;
      }
    }
  }

  // Type and version take three bytes, the length two.
  private void header(int next) {
    headerBytes++;
    if (headerBytes == HEADER_BYTES - 1) {
      length = next << 8;
    } else if (headerBytes == HEADER_BYTES) {
      length |= next;
      missing = length;
    }
  }

  @Override
  public int heldBytes() {
    return missing > 0 ? HEADER_BYTES + length : headerBytes;
  }
}
