package io.telltale.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Immutable bytes with value equality. Not for secrets: use {@code crypto.SecretBytes}, which never
 * prints and can be wiped.
 */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] value;

  private Bytes(byte[] value) {
    this.value = value;
  }

  public static Bytes copyOf(byte[] value) {
    return new Bytes(value.clone());
  }

  /** Takes {@code value} over without a copy: the caller must not write to it again. */
  public static Bytes adopt(byte[] value) {
    return new Bytes(value);
  }

  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Throws {@link IllegalArgumentException} when {@code hex} is not an even run of hex digits. */
  public static Bytes ofHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex));
  }

  public int size() {
    return value.length;
  }

  public byte at(int index) {
    return value[index];
  }

  public byte[] toArray() {
    return value.clone();
  }

  /** Lends the array for reading only, without a copy: for hot paths that must not allocate. */
  public byte[] borrow() {
    return value;
  }

  public ByteBuffer asBuffer() {
    return ByteBuffer.wrap(value).asReadOnlyBuffer();
  }

  public Bytes slice(int from, int to) {
    return new Bytes(Arrays.copyOfRange(value, from, to));
  }

  public String hex() {
    return HexFormat.of().formatHex(value);
  }

  public String asUtf8() {
    return new String(value, StandardCharsets.UTF_8);
  }

  /** Compares in time that depends on the lengths only. */
  public boolean equalsConstantTime(Bytes other) {
    return MessageDigest.isEqual(value, other.value);
  }

  /** Unsigned, byte by byte; a prefix comes first. */
  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(value, other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  /**
   * Shows the size and the first bytes only, so that a payload never lands in a log by accident.
   */
  @Override
  public String toString() {
    return "[" + value.length + " bytes]";
  }
}
