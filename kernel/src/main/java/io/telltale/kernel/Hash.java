package io.telltale.kernel;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A SHA-256 value, 32 bytes. */
public record Hash(Bytes value) implements Comparable<Hash> {
  public static final int SIZE = 32;

  public Hash {
    if (value.size() != SIZE) {
      throw new IllegalArgumentException("a SHA-256 value has 32 bytes, not " + value.size());
    }
  }

  public static Hash sha256(byte[] input) {
    return new Hash(Bytes.adopt(digest().digest(input)));
  }

  public static Hash sha256(Bytes input) {
    return sha256(input.borrow());
  }

  public static Hash ofHex(String hex) {
    return new Hash(Bytes.ofHex(hex));
  }

  /** An engine to keep, for whoever hashes once for every record. Not thread-safe. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public String hex() {
    return value.hex();
  }

  @Override
  public int compareTo(Hash other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return hex();
  }
}
