package io.telltale.pipeline;

/** Takes sequence numbers that are used; the doors' replay windows are one. */
@FunctionalInterface
public interface ReplaySink {
  /**
   * @param hash of the reading, by {@link Pipeline#readingHash()}
   * @param offset of the record in the device's partition
   */
  void used(int deviceNumber, int enrolment, long sequence, long hash, long offset);
}
