package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A whole way from a device's message to a query that shows it. */
interface Line extends AutoCloseable {
  Broker broker();

  /** The processes, or parts of one, with the CPU seconds of each so far. */
  List<Part> parts();

  /** Where it keeps what it stores. */
  Path stored();

  /** Whether a query shows the reading. */
  boolean shows(String device, long sequence) throws IOException, InterruptedException;

  @Override
  void close();

  record Part(String name, double cpuSeconds) {}
}
