package io.telltale.crypto.pkcs11;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A {@code CK_ATTRIBUTE}: what an object has, or is to have. */
record Attribute(long type, Bytes value) {
  static final long CLASS = 0x0;
  static final long TOKEN = 0x1;
  static final long PRIVATE = 0x2;
  static final long LABEL = 0x3;
  static final long KEY_TYPE = 0x100;
  static final long ID = 0x102;
  static final long SENSITIVE = 0x103;
  static final long SIGN = 0x108;
  static final long VERIFY = 0x10A;
  static final long EXTRACTABLE = 0x162;
  static final long EC_PARAMS = 0x180;
  static final long EC_POINT = 0x181;

  static final long PUBLIC_KEY = 2;
  static final long PRIVATE_KEY = 3;
  static final long EC = 3;

  static Attribute number(long type, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    return new Attribute(type, Bytes.adopt(bytes.putLong(value).array()));
  }

  static Attribute flag(long type, boolean value) {
    return new Attribute(type, Bytes.adopt(new byte[] {(byte) (value ? 1 : 0)}));
  }

  static Attribute text(long type, String value) {
    return new Attribute(type, Bytes.utf8(value));
  }
}
