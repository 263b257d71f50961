package io.telltale.lake.seal;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.function.IntFunction;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Bytes as independently decryptable AES-256-GCM blocks in the AGS1 layout of Iceberg's GCM stream
 * specification ({@code docs/format/lake.md}). The layout alone does not stop truncation at a block
 * boundary, nor swapping of files; so the AAD prefix is the file's id and its plaintext length.
 */
public final class SealedBlocks {
  static final int BLOCK_BYTES = 1 << 20;
  static final int FILE_ID_BYTES = 16;

  private static final int MAGIC = 0x31534741; // "AGS1", little-endian
  private static final int HEADER_BYTES = 8;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;
  private static final int INDEX_BYTES = 4;

  private SealedBlocks() {}

  public static long sealedBytes(long plainBytes) {
    long blocks = Math.max(1, (plainBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    return HEADER_BYTES + plainBytes + blocks * OVERHEAD_BYTES;
  }

  /** The plaintext length behind {@code sealedBytes}; empty when no plaintext has that length. */
  public static Optional<Long> plainBytes(long sealedBytes) {
    long body = sealedBytes - HEADER_BYTES;
    long sealedBlock = BLOCK_BYTES + OVERHEAD_BYTES;
    long blocks = Math.max(1, (body + sealedBlock - 1) / sealedBlock);
    long plain = body - blocks * OVERHEAD_BYTES;
    return plain >= 0 && sealedBytes(plain) == sealedBytes ? Optional.of(plain) : Optional.empty();
  }

  /** Seals what {@code plain} has left. A fresh random nonce per block: a key may meet a retry. */
  public static ByteBuffer seal(
      SecretKey key, Bytes fileId, ByteBuffer plain, IntFunction<Bytes> random) {
    int total = plain.remaining();
    ByteBuffer rest = plain.duplicate();
    ByteBuffer sealed =
        ByteBuffer.allocate(Math.toIntExact(sealedBytes(total))).order(ByteOrder.LITTLE_ENDIAN);
    sealed.putInt(MAGIC).putInt(BLOCK_BYTES);
    byte[] aad = aad(fileId, total);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      for (int index = 0; index == 0 || rest.hasRemaining(); index++) {
        byte[] nonce = random.apply(NONCE_BYTES).borrow();
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(withIndex(aad, index));
        ByteBuffer block = rest.slice(rest.position(), Math.min(BLOCK_BYTES, rest.remaining()));
        rest.position(rest.position() + block.remaining());
        sealed.put(nonce);
        cipher.doFinal(block, sealed);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM with a key of our own", e);
    }
    return sealed.flip();
  }

  /** Opens every block in order into {@code plain}, which must have exactly that much room. */
  public static void open(SecretKey key, Bytes fileId, ByteBuffer sealed, ByteBuffer plain) {
    ByteBuffer in = sealed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int total = plain.remaining();
    if (in.remaining() != sealedBytes(total)
        || in.getInt() != MAGIC
        || in.getInt() != BLOCK_BYTES) {
      throw new CorruptException("a sealed file of another length or kind than was stored");
    }
    byte[] aad = aad(fileId, total);
    byte[] nonce = new byte[NONCE_BYTES];
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      for (int index = 0; in.hasRemaining(); index++) {
        in.get(nonce);
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(withIndex(aad, index));
        int size = Math.min(BLOCK_BYTES + TAG_BYTES, in.remaining());
        cipher.doFinal(in.slice(in.position(), size), plain);
        in.position(in.position() + size);
      }
    } catch (GeneralSecurityException e) {
      throw new CorruptException("a sealed file that is not the one that was stored", e);
    }
  }

  /** Whether {@code sealed} is what the key sealed as that file, without keeping what it says. */
  public static boolean holds(SecretKey key, Bytes fileId, ByteBuffer sealed) {
    ByteBuffer in = sealed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    Optional<Long> total = plainBytes(in.remaining());
    if (total.isEmpty() || in.getInt() != MAGIC || in.getInt() != BLOCK_BYTES) {
      return false;
    }
    byte[] aad = aad(fileId, total.get());
    byte[] nonce = new byte[NONCE_BYTES];
    ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, total.get()) + TAG_BYTES);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      for (int index = 0; in.hasRemaining(); index++) {
        in.get(nonce);
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(withIndex(aad, index));
        int size = Math.min(BLOCK_BYTES + TAG_BYTES, in.remaining());
        cipher.doFinal(in.slice(in.position(), size), block.clear());
        in.position(in.position() + size);
      }
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static byte[] aad(Bytes fileId, long plainBytes) {
    if (fileId.size() != FILE_ID_BYTES) {
      throw new IllegalStateException("a file id has 16 bytes");
    }
    return ByteBuffer.allocate(FILE_ID_BYTES + Long.BYTES + INDEX_BYTES)
        .put(fileId.borrow())
        .putLong(plainBytes)
        .array();
  }

  private static byte[] withIndex(byte[] aad, int index) {
    ByteBuffer.wrap(aad).order(ByteOrder.LITTLE_ENDIAN).putInt(FILE_ID_BYTES + Long.BYTES, index);
    return aad;
  }
}
