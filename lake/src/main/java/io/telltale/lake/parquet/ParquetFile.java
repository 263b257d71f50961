package io.telltale.lake.parquet;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.MicroSeconds;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.format.TimestampType;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;

/**
 * A Parquet file of one row group and one page a column, uncompressed: what a commit writes is
 * small and mostly codes of a few bits. Binary values, which are long, have a page each,
 * compressed. Handing the same rows to an engine's writer costs several times as much.
 */
public final class ParquetFile {
  private static final String CREATED_BY = "telltale";
  private static final int VERSION = 2;

  // The quickest of the usual ones: each message pays for it.
  private static final int LEVEL = 1;

  private final CountingStream out;
  private final int rows;
  private final List<ColumnChunk> chunks = new ArrayList<>();
  private final List<SchemaElement> schema = new ArrayList<>();

  private ParquetFile(int rows, OutputStream out) {
    this.rows = rows;
    this.out = new CountingStream(out);
  }

  /** Tells where in the file it is. */
  private static final class CountingStream extends FilterOutputStream {
    private long count;

    CountingStream(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int one) throws IOException {
      out.write(one);
      count++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      count += length;
    }
  }

  /** Writes the whole file to {@code to}, and closes it not. */
  public static void write(int rows, List<ParquetColumn> columns, OutputStream to)
      throws IOException {
    var file = new ParquetFile(rows, to);
    file.out.write(Footer.MAGIC);
    file.schema.add(new SchemaElement("schema").setNum_children(columns.size()));
    for (ParquetColumn column : columns) {
      file.column(column);
    }
    file.out.write(Footer.write(file.meta()));
  }

  private void column(ParquetColumn column) throws IOException {
    long start = out.count;
    if (column.isCoded()) {
      int size = column.dictionary().stream().mapToInt(value -> value.length).sum();
      Util.writePageHeader(
          new PageHeader(PageType.DICTIONARY_PAGE, size, size)
              .setDictionary_page_header(
                  new DictionaryPageHeader(column.dictionary().size(), Encoding.PLAIN)),
          out);
      for (byte[] value : column.dictionary()) {
        out.write(value);
      }
    }
    long data = out.count;
    long saved = column.isBinary() ? binaryValues(column) : values(column);
    schema.add(element(column.field()));
    chunks.add(chunk(column, start, data, saved));
  }

  private long values(ParquetColumn column) throws IOException {
    int size = column.levels().size() + column.values().size();
    header(column, rows, size, size);
    out.write(column.levels().borrow());
    out.write(column.values().borrow());
    return 0;
  }

  // A page each: who asks for one need not decompress all, and nobody has all in memory.
  private long binaryValues(ParquetColumn column) throws IOException {
    long saved = 0;
    try (var zstd = new ZstdCompressCtx()) {
      zstd.setLevel(LEVEL);
      ByteBuffer plain = ByteBuffer.allocate(0);
      byte[] room = new byte[0];
      for (ParquetColumn.Binary value : column.pages()) {
        int length = Integer.BYTES + value.size();
        plain = plain.capacity() < length ? ByteBuffer.allocate(length) : plain.clear();
        // Parquet's numbers are little-endian; the value's own order is its own.
        value.writeTo(plain.limit(length).putInt(Integer.reverseBytes(value.size())));
        if (plain.hasRemaining()) {
          throw new IllegalStateException("a value that is smaller than it says");
        }
        int most = Math.toIntExact(Zstd.compressBound(length));
        room = room.length < most ? new byte[most] : room;
        int size = zstd.compressByteArray(room, 0, room.length, plain.array(), 0, length);
        header(column, 1, length, size);
        out.write(room, 0, size);
        saved += length - size;
      }
    }
    return saved;
  }

  private void header(ParquetColumn column, int values, int plainBytes, int bytes)
      throws IOException {
    Util.writePageHeader(
        new PageHeader(PageType.DATA_PAGE, plainBytes, bytes)
            .setData_page_header(
                new DataPageHeader(values, column.encoding(), Encoding.RLE, Encoding.RLE)),
        out);
  }

  private ColumnChunk chunk(ParquetColumn column, long start, long data, long saved) {
    List<Encoding> encodings =
        column.isCoded()
            ? List.of(column.encoding(), Encoding.RLE, Encoding.PLAIN)
            : List.of(column.encoding(), Encoding.RLE);
    long size = out.count - start;
    var meta =
        new ColumnMetaData(
            physical(column.field()),
            encodings,
            List.of(column.field().name()),
            column.isBinary() ? CompressionCodec.ZSTD : CompressionCodec.UNCOMPRESSED,
            rows,
            size + saved,
            size,
            data);
    if (column.isCoded()) {
      meta.setDictionary_page_offset(start);
    }
    return new ColumnChunk(start).setMeta_data(meta);
  }

  private FileMetaData meta() {
    var group = new RowGroup(chunks, out.count - Footer.MAGIC_BYTES, rows);
    return new FileMetaData(VERSION, schema, rows, List.of(group)).setCreated_by(CREATED_BY);
  }

  private static SchemaElement element(NestedField field) {
    var element =
        new SchemaElement(field.name())
            .setType(physical(field))
            .setField_id(field.fieldId())
            .setRepetition_type(
                field.isOptional() ? FieldRepetitionType.OPTIONAL : FieldRepetitionType.REQUIRED);
    switch (field.type().typeId()) {
      case STRING ->
          element
              .setConverted_type(ConvertedType.UTF8)
              .setLogicalType(LogicalType.STRING(new StringType()));
      case TIMESTAMP ->
          element
              .setConverted_type(ConvertedType.TIMESTAMP_MICROS)
              .setLogicalType(
                  LogicalType.TIMESTAMP(
                      new TimestampType(true, TimeUnit.MICROS(new MicroSeconds()))));
      default -> {}
    }
    return element;
  }

  private static Type physical(NestedField field) {
    return switch (field.type().typeId()) {
      case BOOLEAN -> Type.BOOLEAN;
      case INTEGER -> Type.INT32;
      case LONG, TIMESTAMP -> Type.INT64;
      case DOUBLE -> Type.DOUBLE;
      case STRING, BINARY -> Type.BYTE_ARRAY;
      default -> throw new IllegalStateException("no column of ours has " + field.type());
    };
  }
}
