package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a table remembers of a sealed object: enough to find it, to ask for its key and to notice
 * that it was cut or replaced.
 */
record SealedFile(Bytes id, long plainBytes, Bytes wrappedKey) {
  private static final String FOLDER = "data";
  private static final byte VERSION = 1;
  private static final int WRAPPED_MAX = 1 << 16;

  String object() {
    return FOLDER + "/" + id.hex();
  }

  /** A readings file and the sealed half beside it, as Iceberg's {@code key_metadata}. */
  record Pair(SealedFile main, Optional<SealedFile> restricted) {
    ByteBuffer encode() {
      int size = 2 + main.encodedBytes() + restricted.map(SealedFile::encodedBytes).orElse(0);
      ByteBuffer out = ByteBuffer.allocate(size).put(VERSION);
      main.encode(out);
      out.put((byte) (restricted.isPresent() ? 1 : 0));
      restricted.ifPresent(file -> file.encode(out));
      return out.flip();
    }

    /** Reads what {@link #encode} wrote; it comes from an authenticated manifest. */
    static Pair decode(ByteBuffer bytes) {
      ByteBuffer in = bytes.duplicate();
      try {
        if (in.get() != VERSION) {
          throw new CorruptException("a data file's entry of an unknown version");
        }
        SealedFile main = SealedFile.decode(in);
        boolean more = in.get() == 1;
        var pair = new Pair(main, more ? Optional.of(SealedFile.decode(in)) : Optional.empty());
        if (in.hasRemaining()) {
          throw new CorruptException("a data file's entry with bytes left over");
        }
        return pair;
      } catch (BufferUnderflowException e) {
        throw new CorruptException("a data file's entry that ends early", e);
      }
    }
  }

  private int encodedBytes() {
    return SealedBlocks.FILE_ID_BYTES + Long.BYTES + Integer.BYTES + wrappedKey.size();
  }

  private void encode(ByteBuffer out) {
    out.put(id.borrow()).putLong(plainBytes).putInt(wrappedKey.size()).put(wrappedKey.borrow());
  }

  private static SealedFile decode(ByteBuffer in) {
    byte[] id = new byte[SealedBlocks.FILE_ID_BYTES];
    in.get(id);
    long plainBytes = in.getLong();
    int size = in.getInt();
    if (size < 0 || size > WRAPPED_MAX) {
      throw new CorruptException("a data file's entry with a wrapped key of " + size + " bytes");
    }
    byte[] wrapped = new byte[size];
    in.get(wrapped);
    return new SealedFile(Bytes.adopt(id), plainBytes, Bytes.adopt(wrapped));
  }
}
