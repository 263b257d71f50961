package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import org.bouncycastle.cbor.CBORDecoder;

/**
 * A cursor over deterministic CBOR, for use within {@link Cbor#decode}. Every method throws the
 * private {@code Malformed} unless the next item is exactly what was asked for. The bytes are read
 * by Bouncy Castle's decoder, which takes the one encoding of RFC 8949 section 4.2.1 and no other;
 * the bounds are ours.
 */
public final class CborReader {
  private static final int COUNT_MAX = 1 << 16;

  private final CBORDecoder input;

  /** Carries no trace: it never leaves the decoder and hostile input must be cheap to refuse. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed", null, false, false);
    }
  }

  @FunctionalInterface
  private interface Item<T> {
    T readFrom(CBORDecoder input) throws IOException;
  }

  /** As {@code Item}, without boxing. */
  @FunctionalInterface
  private interface LongItem {
    long readFrom(CBORDecoder input) throws IOException;
  }

  CborReader(byte[] input, int from, int size) {
    this.input = new CBORDecoder(input, from, size);
  }

  /** Refuses the whole input unless {@code holds}. */
  public void require(boolean holds) {
    if (!holds) {
      throw new Malformed();
    }
  }

  public boolean atEnd() {
    return !input.hasNext();
  }

  /** The number of elements that follow. */
  public int array() {
    return count(number(CBORDecoder::readArrayHeader));
  }

  public void array(int count) {
    require(array() == count);
  }

  /** The number of pairs that follow. */
  public int map() {
    return count(number(CBORDecoder::readMapHeader));
  }

  public void map(int count) {
    require(map() == count);
  }

  /** The next map key must be {@code expected}: fixed shapes are thereby sorted and unique. */
  public void key(long expected) {
    require(integer() == expected);
  }

  public void tag(long expected) {
    require(number(CBORDecoder::readTag) == expected);
  }

  public long integer() {
    return number(CBORDecoder::readInteger);
  }

  /** An integer within the bounds, both included. */
  public long integer(long min, long max) {
    long value = integer();
    require(value >= min && value <= max);
    return value;
  }

  public Bytes bytes() {
    return Bytes.adopt(item(CBORDecoder::readByteString));
  }

  public Bytes bytes(int size) {
    Bytes value = bytes();
    require(value.size() == size);
    return value;
  }

  public String text() {
    return item(CBORDecoder::readTextString);
  }

  public boolean bool() {
    return item(CBORDecoder::readBoolean);
  }

  /** Steps over a null if it is next. */
  public boolean nothing() {
    return item(
        in -> {
          boolean isNull = in.nextIsNull();
          if (isNull) {
            in.readNull();
          }
          return isNull;
        });
  }

  private <T> T item(Item<T> item) {
    try {
      return item.readFrom(input);
    } catch (IOException e) {
      throw new Malformed();
    }
  }

  private long number(LongItem number) {
    try {
      return number.readFrom(input);
    } catch (IOException e) {
      throw new Malformed();
    }
  }

  // The decoder lets no collection have more elements than bytes are left; none of ours is larger.
  private int count(long count) {
    require(count <= COUNT_MAX);
    return (int) count;
  }
}
