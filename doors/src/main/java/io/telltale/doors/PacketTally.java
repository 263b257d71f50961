package io.telltale.doors;

import io.netty.buffer.ByteBuf;

/** Follows the framing of MQTT packets (MQTT 5, section 2.1) to know how much of one is kept. */
final class PacketTally implements Holding {
  private static final int LENGTH_BYTES_MAX = 4;

  private int received;
  private int lengthBytes;
  private int length;
  private int missing;

  void follow(ByteBuf read) {
    int at = read.readerIndex();
    int end = read.writerIndex();
    while (at < end) {
      if (missing > 0) {
        int taken = Math.min(missing, end - at);
        missing -= taken;
        received += taken;
        at += taken;
        if (missing == 0) {
          received = 0;
        }
      } else {
        header(read.getUnsignedByte(at++));
      }
    }
  }

  private void header(int next) {
    if (received++ == 0) {
      lengthBytes = 0;
      length = 0;
      return;
    }
    length |= (next & 0x7f) << (7 * lengthBytes);
    lengthBytes++;
    // A longer length is malformed: the decoder closes the connection.
    if ((next & 0x80) == 0 || lengthBytes == LENGTH_BYTES_MAX) {
      missing = length;
      if (missing == 0) {
        received = 0;
      }
    }
  }

  /** Buffers grow to the next power of two. */
  @Override
  public int heldBytes() {
    return received < 2 ? received : Integer.highestOneBit(received - 1) << 1;
  }
}
