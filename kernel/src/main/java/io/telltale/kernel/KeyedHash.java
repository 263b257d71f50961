package io.telltale.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a 64-bit hash that nobody without the key can collide
 * on purpose. For replay windows, which keep many hashes and must stay small; never for proofs.
 */
public final class KeyedHash {
  public static final int KEY_BYTES = 16;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long k0;
  private final long k1;

  public KeyedHash(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a SipHash key has 16 bytes, not " + key.length);
    }
    k0 = (long) LONGS.get(key, 0);
    k1 = (long) LONGS.get(key, 8);
  }

  public long of(Bytes input) {
    byte[] bytes = input.borrow();
    var state = new State(k0, k1);
    take(state, bytes, 0, bytes.length);
    return state.end();
  }

  /**
   * Over {@code label}, the bytes before {@code cutFrom} and those from {@code cutTo} on: what lies
   * between may differ. Each part goes in as SipHash takes a message, with its own length.
   */
  public long of(long label, byte[] input, int cutFrom, int cutTo) {
    var state = new State(k0, k1);
    state.take(label);
    take(state, input, 0, cutFrom);
    take(state, input, cutTo, input.length);
    return state.end();
  }

  private static void take(State state, byte[] bytes, int from, int to) {
    int whole = from + ((to - from) & ~7);
    for (int i = from; i < whole; i += 8) {
      state.take((long) LONGS.get(bytes, i));
    }
    long last = (long) (to - from) << 56;
    for (int i = whole; i < to; i++) {
      last |= (bytes[i] & 0xffL) << (8 * (i - whole));
    }
    state.take(last);
  }

  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void take(long m) {
      v3 ^= m;
      round();
      round();
      v0 ^= m;
    }

    long end() {
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
