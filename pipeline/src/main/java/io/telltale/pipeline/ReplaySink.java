package io.telltale.pipeline;

/** Takes sequence numbers that are used; the doors' replay windows are one. */
@FunctionalInterface
public interface ReplaySink {
  /**
   * @param hash of the payload, by {@link Pipeline#payloadHash()}
   * @param offset of the record in the device's partition
   */
  void used(int deviceNumber, long sequence, long hash, long offset);
}
