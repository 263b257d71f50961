package io.telltale.lake.seal;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a table remembers of a sealed object: enough to find it and its key, and to notice that it
 * was cut or replaced.
 */
public record SealedFile(Bytes id, long plainBytes) {
  public static final String FOLDER = "data";
  private static final Pattern OBJECT = Pattern.compile(FOLDER + "/([0-9a-f]{32})");
  private static final byte VERSION = 2;

  /** The id of the data object of that name; empty when it is another's name. */
  public static Optional<Bytes> idOf(String object) {
    Matcher named = OBJECT.matcher(object);
    return named.matches() ? Optional.of(Bytes.ofHex(named.group(1))) : Optional.empty();
  }

  public String object() {
    return FOLDER + "/" + id.hex();
  }

  /** The name of its key in the key service. */
  String keyName() {
    return "lake/" + object();
  }

  /** A readings file and the sealed half beside it, as Iceberg's {@code key_metadata}. */
  public record Pair(SealedFile main, Optional<SealedFile> restricted) {
    /** The objects of both. */
    public List<String> objects() {
      return Stream.concat(Stream.of(main), restricted.stream()).map(SealedFile::object).toList();
    }

    public ByteBuffer encode() {
      ByteBuffer out = ByteBuffer.allocate(1 + 2 * (SealedBlocks.FILE_ID_BYTES + Long.BYTES));
      out.put(VERSION);
      main.encode(out);
      restricted.ifPresent(file -> file.encode(out));
      return out.flip();
    }

    /** Reads what {@link #encode} wrote; it comes from an authenticated manifest. */
    public static Pair decode(ByteBuffer bytes) {
      ByteBuffer in = bytes.duplicate();
      try {
        if (in.get() != VERSION) {
          throw new CorruptException("a data file's entry of an unknown version");
        }
        SealedFile main = SealedFile.decode(in);
        Optional<SealedFile> half =
            in.hasRemaining() ? Optional.of(SealedFile.decode(in)) : Optional.empty();
        if (in.hasRemaining()) {
          throw new CorruptException("a data file's entry with bytes left over");
        }
        return new Pair(main, half);
      } catch (BufferUnderflowException e) {
        throw new CorruptException("a data file's entry that ends early", e);
      }
    }
  }

  private void encode(ByteBuffer out) {
    out.put(id.borrow()).putLong(plainBytes);
  }

  private static SealedFile decode(ByteBuffer in) {
    byte[] id = new byte[SealedBlocks.FILE_ID_BYTES];
    in.get(id);
    return new SealedFile(Bytes.adopt(id), in.getLong());
  }
}
