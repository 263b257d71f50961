package io.telltale.crypto;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Bytes that must not be seen: never printed, compared in constant time, copied in and out, wiped
 * by {@link #close()}. Using them afterwards is a bug ({@link IllegalStateException}).
 */
public final class SecretBytes implements AutoCloseable {
  private final byte[] value;
  private volatile boolean closed;

  private SecretBytes(byte[] value) {
    this.value = value;
  }

  public static SecretBytes copyOf(byte[] value) {
    return new SecretBytes(value.clone());
  }

  /** Takes {@code value} over without a copy: the caller must not keep it. */
  public static SecretBytes adopt(byte[] value) {
    return new SecretBytes(value);
  }

  public int size() {
    return value.length;
  }

  /** A copy, which the caller must wipe. */
  public byte[] toArray() {
    return borrow().clone();
  }

  /** An independent secret of the same bytes, with a life of its own. */
  public SecretBytes copy() {
    return copyOf(borrow());
  }

  byte[] borrow() {
    if (closed) {
      throw new IllegalStateException("a secret was used after it was wiped");
    }
    return value;
  }

  @Override
  public void close() {
    closed = true;
    Arrays.fill(value, (byte) 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretBytes secret && MessageDigest.isEqual(borrow(), secret.borrow());
  }

  /** The same for all secrets of one size, since a hash code would tell something of the bytes. */
  @Override
  public int hashCode() {
    return value.length;
  }

  @Override
  public String toString() {
    return "[" + value.length + " bytes, redacted]";
  }
}
