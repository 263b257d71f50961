package io.telltale.logembedded;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One open file of the log. */
interface SegmentFile extends AutoCloseable {
  long size() throws IOException;

  /** Writes all of {@code bytes}; when it throws, any part of them may be there. */
  void write(long position, ByteBuffer bytes) throws IOException;

  /** Reads until {@code into} is full or the file ends. */
  void read(long position, ByteBuffer into) throws IOException;

  /** Returns once everything written, and the size, stay after a power cut. */
  void force() throws IOException;

  void truncate(long size) throws IOException;

  @Override
  void close() throws IOException;
}
