package io.telltale.lake.parquet;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

import io.telltale.engine.MemoryFile;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;

/**
 * Puts Parquet files one behind the other without looking at a row: row groups stay as they are,
 * and only the footer is made anew.
 */
public final class ParquetJoin {
  private static final System.Logger LOG = System.getLogger(ParquetJoin.class.getName());

  private ParquetJoin() {}

  /**
   * What is worth keeping, on average; a file of smaller row groups takes longer to read than it
   * took to write, and in one of longer rows each group repeats what all have in common.
   */
  public record Worth(long groupRowsMin, long groupBytesMin, long rowBytesMax) {}

  /** A file as it lies there: from the first row group to behind the last, and the footer. */
  private record Part(MemoryFile file, long bodyBytes, FileMetaData meta) {
    List<RowGroup> groups() {
      return requireNonNull(meta.getRow_groups());
    }

    // The first is the root, which each writer names as it likes.
    List<SchemaElement> columns() {
      List<SchemaElement> all = requireNonNull(meta.getSchema());
      return all.subList(1, all.size());
    }
  }

  /**
   * The files as one; empty where their columns are not the same, their row groups are not worth
   * keeping, or a footer is not as we know them: what reads rows tells what that is. Throws {@link
   * UnavailableException} where memory has no room for it.
   */
  public static Optional<MemoryFile> of(List<MemoryFile> files, Worth worth) {
    var parts = new ArrayList<Part>();
    for (MemoryFile file : files) {
      Optional<Part> part = part(file);
      if (part.isEmpty()) {
        return Optional.empty();
      }
      parts.add(part.get());
    }
    try {
      return isWorthIt(parts, worth)
          ? Optional.of(MemoryFile.filled(into -> join(parts, into)))
          : Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("joining memory files", e);
    }
  }

  private static Optional<Part> part(MemoryFile file) {
    try (FileChannel in = file.open(READ)) {
      long size = in.size();
      int length = Footer.length(read(in, size - Footer.END_BYTES, Footer.END_BYTES));
      long footerAt = size - Footer.END_BYTES - length;
      FileMetaData meta = Footer.read(read(in, footerAt, length).array());
      return isWhole(meta)
          ? Optional.of(new Part(file, footerAt - Footer.MAGIC_BYTES, meta))
          : Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "lake.join.odd_footer", e);
      return Optional.empty();
    }
  }

  /** Whether everything is there that is moved. */
  private static boolean isWhole(FileMetaData meta) {
    List<RowGroup> groups = meta.getRow_groups();
    return meta.getSchemaSize() > 0
        && groups != null
        && groups.stream().allMatch(ParquetJoin::isWhole);
  }

  private static boolean isWhole(RowGroup group) {
    List<ColumnChunk> columns = group.getColumns();
    return columns != null && columns.stream().allMatch(ColumnChunk::isSetMeta_data);
  }

  private static ByteBuffer read(FileChannel in, long at, int length) throws IOException {
    if (at < 0) {
      throw new IOException("a Parquet file that is too short");
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (in.read(bytes, at + bytes.position()) < 0) {
        throw new IOException("a Parquet file that ends too early");
      }
    }
    return bytes;
  }

  private static boolean isWorthIt(List<Part> parts, Worth worth) {
    List<SchemaElement> columns = parts.getFirst().columns();
    long groups = 0;
    long rows = 0;
    long bytes = 0;
    for (Part part : parts) {
      if (!part.columns().equals(columns)) {
        return false;
      }
      groups += part.groups().size();
      rows += part.meta().getNum_rows();
      bytes += part.bodyBytes();
    }
    return rows >= groups * worth.groupRowsMin()
        && bytes >= groups * worth.groupBytesMin()
        && bytes / worth.rowBytesMax() <= rows;
  }

  private static void join(List<Part> parts, MemoryFile into) throws IOException {
    try (FileChannel out = into.open(WRITE)) {
      FileMetaData meta = parts.getFirst().meta().deepCopy();
      meta.setRow_groups(new ArrayList<>()).setNum_rows(0);
      write(out, ByteBuffer.wrap(Footer.MAGIC));
      for (Part part : parts) {
        long moved = out.position() - Footer.MAGIC_BYTES;
        copy(part, out);
        for (RowGroup group : part.groups()) {
          move(group, moved);
          group.setOrdinal((short) meta.getRow_groupsSize());
          meta.addToRow_groups(group);
        }
        meta.setNum_rows(meta.getNum_rows() + part.meta().getNum_rows());
      }
      write(out, ByteBuffer.wrap(Footer.write(meta)));
    }
  }

  private static void copy(Part part, FileChannel out) throws IOException {
    try (FileChannel in = part.file().open(READ)) {
      long done = 0;
      while (done < part.bodyBytes()) {
        done += in.transferTo(Footer.MAGIC_BYTES + done, part.bodyBytes() - done, out);
      }
    }
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void move(RowGroup group, long by) {
    if (group.isSetFile_offset()) {
      group.setFile_offset(group.getFile_offset() + by);
    }
    for (ColumnChunk chunk : requireNonNull(group.getColumns())) {
      chunk.setFile_offset(chunk.getFile_offset() == 0 ? 0 : chunk.getFile_offset() + by);
      if (chunk.isSetOffset_index_offset()) {
        chunk.setOffset_index_offset(chunk.getOffset_index_offset() + by);
      }
      if (chunk.isSetColumn_index_offset()) {
        chunk.setColumn_index_offset(chunk.getColumn_index_offset() + by);
      }
      move(requireNonNull(chunk.getMeta_data()), by);
    }
  }

  private static void move(ColumnMetaData column, long by) {
    column.setData_page_offset(column.getData_page_offset() + by);
    if (column.isSetDictionary_page_offset()) {
      column.setDictionary_page_offset(column.getDictionary_page_offset() + by);
    }
    if (column.isSetIndex_page_offset()) {
      column.setIndex_page_offset(column.getIndex_page_offset() + by);
    }
    if (column.isSetBloom_filter_offset()) {
      column.setBloom_filter_offset(column.getBloom_filter_offset() + by);
    }
  }
}
