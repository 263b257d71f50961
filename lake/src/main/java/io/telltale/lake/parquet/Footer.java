package io.telltale.lake.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;

/** What stands around the row groups of a Parquet file. */
final class Footer {
  /** What a file begins with, and ends with; nobody writes into it. */
  static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  static final int MAGIC_BYTES = MAGIC.length;

  /** The footer's length and the magic number. */
  static final int END_BYTES = Integer.BYTES + MAGIC_BYTES;

  private Footer() {}

  /** Everything behind the last row group. */
  static byte[] write(FileMetaData meta) {
    try (var out = new ByteArrayOutputStream(4_096)) {
      Util.writeFileMetaData(meta, out);
      int length = out.size();
      out.writeBytes(
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
      out.writeBytes(MAGIC);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("memory has no such errors", e);
    }
  }

  /** The length of the footer of which {@code end} are the last {@link #END_BYTES}. */
  static int length(ByteBuffer end) throws IOException {
    byte[] magic = new byte[MAGIC_BYTES];
    end.get(Integer.BYTES, magic);
    int length = end.order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    if (!Arrays.equals(magic, MAGIC) || length < 0) {
      throw new IOException("no Parquet file");
    }
    return length;
  }

  static FileMetaData read(byte[] footer) throws IOException {
    return Util.readFileMetaData(new ByteArrayInputStream(footer));
  }
}
