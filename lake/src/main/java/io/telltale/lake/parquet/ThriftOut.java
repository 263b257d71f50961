package io.telltale.lake.parquet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** Writes Thrift's compact protocol, as far as Parquet's footers and page headers need it. */
final class ThriftOut {
  private static final int TRUE = 1;
  private static final int I32 = 5;
  private static final int I64 = 6;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int STRUCT = 12;
  private static final int SHORT_LIST = 15;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
  private final ArrayDeque<Integer> outer = new ArrayDeque<>();
  private int lastField;

  private void field(int id, int type) {
    out.write(((id - lastField) << 4) | type);
    lastField = id;
  }

  ThriftOut i32(int id, int value) {
    field(id, I32);
    zigzag(value);
    return this;
  }

  ThriftOut i64(int id, long value) {
    field(id, I64);
    zigzag(value);
    return this;
  }

  ThriftOut text(int id, String value) {
    field(id, BINARY);
    return element(value);
  }

  ThriftOut yes(int id) {
    field(id, TRUE);
    return this;
  }

  /** A struct as a field; to be {@link #end}ed. */
  ThriftOut struct(int id) {
    field(id, STRUCT);
    return begin();
  }

  ThriftOut structs(int id, int count) {
    return list(id, STRUCT, count);
  }

  ThriftOut texts(int id, int count) {
    return list(id, BINARY, count);
  }

  ThriftOut i32s(int id, int count) {
    return list(id, I32, count);
  }

  private ThriftOut list(int id, int type, int count) {
    field(id, LIST);
    if (count < SHORT_LIST) {
      out.write((count << 4) | type);
    } else {
      out.write((SHORT_LIST << 4) | type);
      varint(count);
    }
    return this;
  }

  /** An element of a list of structs; to be {@link #end}ed. */
  ThriftOut begin() {
    outer.push(lastField);
    lastField = 0;
    return this;
  }

  ThriftOut end() {
    out.write(0);
    lastField = outer.pop();
    return this;
  }

  /** An element of a list of numbers. */
  ThriftOut element(int value) {
    zigzag(value);
    return this;
  }

  /** An element of a list of texts. */
  ThriftOut element(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    varint(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  private void zigzag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** The outermost struct, complete. */
  byte[] toBytes() {
    out.write(0);
    return out.toByteArray();
  }
}
