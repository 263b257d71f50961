package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.time.DateTimeException;
import java.util.Optional;

/** Strict decoding of deterministic CBOR (RFC 8949 section 4.2.1). */
public final class Cbor {

  private Cbor() {}

  /** How one kind of value is read; may throw what {@link CborReader} throws. */
  @FunctionalInterface
  public interface Shape<T> {
    T read(CborReader in);
  }

  /**
   * Reads one value of {@code shape} that uses up the whole input. Empty for anything that is not
   * exactly the deterministic encoding of such a value: indefinite lengths, longer heads than
   * needed, keys out of order or twice, broken UTF-8, bytes left over, or a value that the shape's
   * own types refuse.
   */
  public static <T> Optional<T> decode(Bytes input, Shape<T> shape) {
    return decode(input, 0, input.size(), shape);
  }

  /** As {@link #decode(Bytes, Shape)}, of a part of the input as if it were the whole. */
  public static <T> Optional<T> decode(Bytes input, int from, int size, Shape<T> shape) {
    var in = new CborReader(input.borrow(), from, size);
    try {
      T value = shape.read(in);
      return in.atEnd() ? Optional.of(value) : Optional.empty();
    } catch (CborReader.Malformed | IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
