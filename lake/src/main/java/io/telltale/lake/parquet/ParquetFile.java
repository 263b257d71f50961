package io.telltale.lake.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
 * A Parquet file of one row group and one page a column, uncompressed but for long values: what a
 * commit writes is small and mostly codes of a few bits. Handing the same rows to an engine's writer costs several
 * times as much.
 */
public final class ParquetFile {
  private static final String CREATED_BY = "telltale";
  private static final int VERSION = 2;

  // More of it takes twice the time and saves a twentieth.
  private static final int LEVEL = 1;

  private final ByteArrayOutputStream out;
  private final int rows;
  private final List<ColumnChunk> chunks = new ArrayList<>();
  private final List<SchemaElement> schema = new ArrayList<>();

  private ParquetFile(int rows) {
    this.rows = rows;
    this.out = new ByteArrayOutputStream(16_384 + 24 * rows);
  }

  public static byte[] write(int rows, List<ParquetColumn> columns) {
    var file = new ParquetFile(rows);
    file.out.writeBytes(Footer.magic());
    file.schema.add(new SchemaElement("schema").setNum_children(columns.size()));
    columns.forEach(file::column);
    file.out.writeBytes(Footer.write(file.meta()));
    return file.out.toByteArray();
  }

  private void column(ParquetColumn column) {
    long start = out.size();
    if (column.isCoded()) {
      int size = column.dictionary().stream().mapToInt(value -> value.length).sum();
      header(
          new PageHeader(PageType.DICTIONARY_PAGE, size, size)
              .setDictionary_page_header(
                  new DictionaryPageHeader(column.dictionary().size(), Encoding.PLAIN)));
      column.dictionary().forEach(out::writeBytes);
    }
    long data = out.size();
    int size = column.levels().size() + column.values().size();
    byte[] values = column.values().borrow();
    if (column.compressed()) {
      values = Zstd.compress(values, LEVEL);
    }
    header(
        new PageHeader(PageType.DATA_PAGE, size, column.levels().size() + values.length)
            .setData_page_header(
                new DataPageHeader(rows, column.encoding(), Encoding.RLE, Encoding.RLE)));
    out.writeBytes(column.levels().borrow());
    out.writeBytes(values);
    schema.add(element(column.field()));
    long saved = column.values().size() - (long) values.length;
    chunks.add(chunk(column, start, data, saved));
  }

  private void header(PageHeader header) {
    try {
      Util.writePageHeader(header, out);
    } catch (IOException e) {
      throw new UncheckedIOException("memory has no such errors", e);
    }
  }

  private ColumnChunk chunk(ParquetColumn column, long start, long data, long saved) {
    List<Encoding> encodings =
        column.isCoded()
            ? List.of(column.encoding(), Encoding.RLE, Encoding.PLAIN)
            : List.of(column.encoding(), Encoding.RLE);
    long size = out.size() - start;
    var meta =
        new ColumnMetaData(
            physical(column.field()),
            encodings,
            List.of(column.field().name()),
            column.compressed() ? CompressionCodec.ZSTD : CompressionCodec.UNCOMPRESSED,
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
    var group = new RowGroup(chunks, out.size() - Footer.MAGIC_BYTES, rows);
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
