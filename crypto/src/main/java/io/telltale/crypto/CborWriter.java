package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.cbor.CBORType;

/**
 * Writes deterministic CBOR (RFC 8949 section 4.2.1): shortest heads, definite lengths. The caller
 * writes map keys in ascending order, each once; {@link CborReader}'s callers refuse anything else.
 * Ours, since sealing writes some thirty items a record at the doors: ADR 0020.
 */
public final class CborWriter {
  private static final int FALSE = 20;
  private static final int TRUE = 21;
  private static final int NULL = 22;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] buffer;
  private int size;

  public CborWriter(int expectedBytes) {
    buffer = new byte[Math.max(16, expectedBytes)];
  }

  public CborWriter array(int count) {
    return head(CBORType.ARRAY, count);
  }

  public CborWriter map(int count) {
    return head(CBORType.MAP, count);
  }

  public CborWriter tag(long number) {
    return head(CBORType.TAG, number);
  }

  public CborWriter integer(long value) {
    return value >= 0
        ? head(CBORType.UNSIGNED_INTEGER, value)
        : head(CBORType.NEGATIVE_INTEGER, -1 - value);
  }

  public CborWriter bytes(Bytes value) {
    return bytes(value.borrow());
  }

  public CborWriter bytes(byte[] value) {
    head(CBORType.BYTE_STRING, value.length);
    return raw(value);
  }

  public CborWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(CBORType.TEXT_STRING, utf8.length);
    return raw(utf8);
  }

  public CborWriter bool(boolean value) {
    return head(CBORType.SIMPLE, value ? TRUE : FALSE);
  }

  public CborWriter nothing() {
    return head(CBORType.SIMPLE, NULL);
  }

  /** Appends what is CBOR already. */
  public CborWriter raw(byte[] encoded) {
    room(encoded.length);
    System.arraycopy(encoded, 0, buffer, size, encoded.length);
    size += encoded.length;
    return this;
  }

  /** Appends a part of {@code encoded}, which is CBOR or belongs to a string begun before. */
  public CborWriter raw(Bytes encoded, int from, int length) {
    room(length);
    System.arraycopy(encoded.borrow(), from, buffer, size, length);
    size += length;
    return this;
  }

  /** A byte string of what {@code inner} holds. */
  public CborWriter bytes(CborWriter inner) {
    head(CBORType.BYTE_STRING, inner.size);
    room(inner.size);
    System.arraycopy(inner.buffer, 0, buffer, size, inner.size);
    size += inner.size;
    return this;
  }

  /** The head of a byte string whose {@code length} bytes the caller writes next. */
  public CborWriter bytesHead(int length) {
    return head(CBORType.BYTE_STRING, length);
  }

  /** Room for {@code length} bytes that count as written: the caller fills them, at once. */
  public ByteBuffer claim(int length) {
    room(length);
    ByteBuffer claimed = ByteBuffer.wrap(buffer, size, length);
    size += length;
    return claimed;
  }

  /** Lends what was written, to be read before anything more is written. */
  public ByteBuffer written() {
    return ByteBuffer.wrap(buffer, 0, size);
  }

  public int size() {
    return size;
  }

  /** Forgets what was written and keeps the room, for a writer that lives on a hot path. */
  public CborWriter clear() {
    size = 0;
    return this;
  }

  /** How many bytes the head of a string of {@code length} bytes takes. */
  public static int headSize(int length) {
    if (length < 24) {
      return 1;
    }
    if (length <= 0xff) {
      return 2;
    }
    return length <= 0xffff ? 3 : 5;
  }

  public byte[] toArray() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  public Bytes toBytes() {
    return Bytes.adopt(toArray());
  }

  private CborWriter head(int major, long value) {
    room(9);
    int type = major << 5;
    if (value < 24) {
      buffer[size++] = (byte) (type | value);
    } else if (value <= 0xff) {
      buffer[size] = (byte) (type | 24);
      buffer[size + 1] = (byte) value;
      size += 2;
    } else if (value <= 0xffff) {
      buffer[size] = (byte) (type | 25);
      SHORTS.set(buffer, size + 1, (short) value);
      size += 3;
    } else if (value <= 0xffff_ffffL) {
      buffer[size] = (byte) (type | 26);
      INTS.set(buffer, size + 1, (int) value);
      size += 5;
    } else {
      buffer[size] = (byte) (type | 27);
      LONGS.set(buffer, size + 1, value);
      size += 9;
    }
    return this;
  }

  private void room(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
    }
  }
}
