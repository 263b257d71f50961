package io.telltale.logembedded;

import java.io.IOException;
import java.util.List;

/** The folder that the segments lie in: the port at which tests inject what disks do. */
interface SegmentFiles extends AutoCloseable {
  List<String> names() throws IOException;

  /** A new, empty file; one that had this name is gone. */
  SegmentFile create(String name) throws IOException;

  SegmentFile open(String name) throws IOException;

  void delete(String name) throws IOException;

  /** Returns once files that were created and deleted stay so after a power cut. */
  void sync() throws IOException;

  @Override
  void close() throws IOException;
}
