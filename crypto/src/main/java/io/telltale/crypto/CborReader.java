package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over deterministic CBOR, for use within {@link Cbor#decode}. Every method throws the
 * private {@code Malformed} unless the next item is exactly what was asked for.
 */
public final class CborReader {
  private static final int COUNT_MAX = 1 << 16;

  private final byte[] input;
  private int at;

  /** Carries no trace: it never leaves the decoder and hostile input must be cheap to refuse. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed", null, false, false);
    }
  }

  CborReader(byte[] input) {
    this.input = input;
  }

  /** Refuses the whole input unless {@code holds}. */
  public void require(boolean holds) {
    if (!holds) {
      throw new Malformed();
    }
  }

  public boolean atEnd() {
    return at == input.length;
  }

  /** The number of elements that follow. */
  public int array() {
    return count(Cbor.ARRAY);
  }

  public void array(int count) {
    require(array() == count);
  }

  /** The number of pairs that follow. */
  public int map() {
    return count(Cbor.MAP);
  }

  public void map(int count) {
    require(map() == count);
  }

  /** The next map key must be {@code expected}: fixed shapes are thereby sorted and unique. */
  public void key(long expected) {
    require(integer() == expected);
  }

  public void tag(long expected) {
    require(argument(Cbor.TAG) == expected);
  }

  public long integer() {
    int major = peek() >> 5;
    require(major == Cbor.UNSIGNED || major == Cbor.NEGATIVE);
    long argument = argument(major);
    return major == Cbor.UNSIGNED ? argument : -1 - argument;
  }

  /** An integer within the bounds, both included. */
  public long integer(long min, long max) {
    long value = integer();
    require(value >= min && value <= max);
    return value;
  }

  public byte[] byteArray() {
    int size = count(Cbor.BYTES);
    at += size;
    return Arrays.copyOfRange(input, at - size, at);
  }

  public Bytes bytes() {
    return Bytes.adopt(byteArray());
  }

  public Bytes bytes(int size) {
    Bytes value = bytes();
    require(value.size() == size);
    return value;
  }

  public String text() {
    int size = count(Cbor.TEXT);
    at += size;
    if (ascii(at - size, at)) {
      return new String(input, at - size, size, StandardCharsets.US_ASCII);
    }
    var utf8 = ByteBuffer.wrap(input, at - size, size);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed();
    }
  }

  // Nearly all our texts: a strict decoder for each would be most of the cost of an origin.
  private boolean ascii(int from, int to) {
    for (int i = from; i < to; i++) {
      if (input[i] < 0) {
        return false;
      }
    }
    return true;
  }

  public boolean bool() {
    int item = peek();
    require(item == ((Cbor.SIMPLE << 5) | Cbor.TRUE) || item == ((Cbor.SIMPLE << 5) | Cbor.FALSE));
    at++;
    return item == ((Cbor.SIMPLE << 5) | Cbor.TRUE);
  }

  /** Steps over a null if it is next. */
  public boolean nothing() {
    boolean isNull = peek() == ((Cbor.SIMPLE << 5) | Cbor.NULL);
    if (isNull) {
      at++;
    }
    return isNull;
  }

  private int peek() {
    require(at < input.length);
    return input[at] & 0xff;
  }

  // Strings must fit what is left and collections cannot have more elements than bytes are left, so
  // that a short input cannot make us allocate much.
  private int count(int major) {
    long count = argument(major);
    require(count <= input.length - at);
    require(major == Cbor.BYTES || major == Cbor.TEXT || count <= COUNT_MAX);
    return (int) count;
  }

  private long argument(int major) {
    int initial = peek();
    require(initial >> 5 == major);
    at++;
    int info = initial & 31;
    return switch (info) {
      case 24 -> number(1, 24);
      case 25 -> number(2, 1L << 8);
      case 26 -> number(4, 1L << 16);
      case 27 -> number(8, 1L << 32);
      default -> {
        require(info < 24);
        yield info;
      }
    };
  }

  // A value that a shorter head could carry is refused, and so is one above 2^63-1.
  private long number(int width, long min) {
    require(input.length - at >= width);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = (value << 8) | (input[at++] & 0xff);
    }
    require(value >= min);
    return value;
  }
}
