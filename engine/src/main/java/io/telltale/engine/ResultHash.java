package io.telltale.engine;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The canonical encoding of an answer, hashed as it grows ({@code docs/format/query.md}): anyone
 * with the same columns and rows gets the same hash, in any language.
 */
public final class ResultHash {
  private final Digest digest = new Digest();
  private final ValueWriter writer = new ValueWriter(digest);

  ResultHash(List<ResultColumn> columns) {
    put(() -> writer.columns(columns));
  }

  /** The hash of an answer that is already there. */
  public static Hash of(List<ResultColumn> columns, List<List<@Nullable Object>> rows) {
    var hash = new ResultHash(columns);
    rows.forEach(hash::add);
    return hash.finish(rows.size());
  }

  void add(List<@Nullable Object> row) {
    put(() -> writer.row(row));
  }

  long bytes() {
    return digest.bytes;
  }

  Hash finish(int rows) {
    put(() -> writer.rows(rows));
    return new Hash(Bytes.adopt(digest.sha256.digest()));
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void put(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new UncheckedIOException("a digest takes whatever comes", e);
    }
  }

  private static final class Digest extends OutputStream {
    private final MessageDigest sha256;
    private long bytes;

    Digest() {
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    @Override
    public void write(int one) {
      sha256.update((byte) one);
      bytes++;
    }

    @Override
    public void write(byte[] content, int from, int length) {
      sha256.update(content, from, length);
      bytes += length;
    }
  }
}
