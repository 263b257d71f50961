package io.telltale.lake.parquet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.types.Types.NestedField;

/**
 * A Parquet file of one row group and one page a column, uncompressed: what a commit writes is
 * small, short-lived (compaction writes it again) and mostly codes of a few bits. Handing the same
 * rows to an engine's writer costs several times as much.
 */
public final class ParquetFile {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final String CREATED_BY = "telltale";
  private static final int VERSION = 2;
  private static final int UNCOMPRESSED = 0;
  private static final int RLE = 3;
  private static final int DATA_PAGE = 0;
  private static final int DICTIONARY_PAGE = 2;

  private final ByteArrayOutputStream out;
  private final int rows;
  private final List<Chunk> chunks = new ArrayList<>();

  private record Chunk(ParquetColumn column, long dictionaryAt, long dataAt, long size) {}

  private ParquetFile(int rows) {
    this.rows = rows;
    this.out = new ByteArrayOutputStream(16_384 + 24 * rows);
  }

  public static byte[] write(int rows, List<ParquetColumn> columns) {
    var file = new ParquetFile(rows);
    file.out.writeBytes(MAGIC);
    columns.forEach(file::column);
    byte[] footer = file.footer();
    file.out.writeBytes(footer);
    file.out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(footer.length)
            .array());
    file.out.writeBytes(MAGIC);
    return file.out.toByteArray();
  }

  private void column(ParquetColumn column) {
    long start = out.size();
    if (column.encoding() == ParquetColumn.DICTIONARY) {
      int size = column.dictionary().stream().mapToInt(value -> value.length).sum();
      var header = new ThriftOut().i32(1, DICTIONARY_PAGE).i32(2, size).i32(3, size).struct(7);
      header.i32(1, column.dictionary().size()).i32(2, ParquetColumn.PLAIN).end();
      out.writeBytes(header.toBytes());
      column.dictionary().forEach(out::writeBytes);
    }
    long data = out.size();
    int size = column.levels().size() + column.values().size();
    var header = new ThriftOut().i32(1, DATA_PAGE).i32(2, size).i32(3, size).struct(5);
    header.i32(1, rows).i32(2, column.encoding()).i32(3, RLE).i32(4, RLE).end();
    out.writeBytes(header.toBytes());
    out.writeBytes(column.levels().borrow());
    out.writeBytes(column.values().borrow());
    chunks.add(new Chunk(column, start, data, out.size() - start));
  }

  private byte[] footer() {
    var footer = new ThriftOut().i32(1, VERSION).structs(2, 1 + chunks.size());
    footer.begin().text(4, "schema").i32(5, chunks.size()).end();
    chunks.forEach(chunk -> schema(footer, chunk.column().field()));
    footer.i64(3, rows).structs(4, 1).begin().structs(1, chunks.size());
    chunks.forEach(chunk -> chunk(footer, chunk));
    footer.i64(2, chunks.stream().mapToLong(Chunk::size).sum()).i64(3, rows).end();
    return footer.text(6, CREATED_BY).toBytes();
  }

  private static void schema(ThriftOut footer, NestedField field) {
    footer.begin().i32(1, physical(field)).i32(3, field.isOptional() ? 1 : 0);
    footer.text(4, field.name());
    switch (field.type().typeId()) {
      case STRING -> footer.i32(6, 0).i32(9, field.fieldId()).struct(10).struct(1).end().end();
      case TIMESTAMP -> {
        footer.i32(6, 10).i32(9, field.fieldId()).struct(10).struct(8).yes(1).struct(2);
        footer.struct(2).end().end().end().end();
      }
      default -> footer.i32(9, field.fieldId());
    }
    footer.end();
  }

  private static int physical(NestedField field) {
    return switch (field.type().typeId()) {
      case BOOLEAN -> 0;
      case INTEGER -> 1;
      case LONG, TIMESTAMP -> 2;
      case DOUBLE -> 5;
      case STRING -> 6;
      default -> throw new IllegalStateException("no column of ours has " + field.type());
    };
  }

  private void chunk(ThriftOut footer, Chunk chunk) {
    ParquetColumn column = chunk.column();
    boolean dictionary = column.encoding() == ParquetColumn.DICTIONARY;
    footer.begin().i64(2, chunk.dictionaryAt()).struct(3).i32(1, physical(column.field()));
    footer.i32s(2, dictionary ? 3 : 2).element(column.encoding()).element(RLE);
    if (dictionary) {
      footer.element(ParquetColumn.PLAIN);
    }
    footer.texts(3, 1).element(column.field().name()).i32(4, UNCOMPRESSED).i64(5, rows);
    footer.i64(6, chunk.size()).i64(7, chunk.size()).i64(9, chunk.dataAt());
    if (dictionary) {
      footer.i64(11, chunk.dictionaryAt());
    }
    footer.end().end();
  }
}
