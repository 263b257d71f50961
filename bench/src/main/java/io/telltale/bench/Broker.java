package io.telltale.bench;

import java.net.InetSocketAddress;
import java.util.List;

/** A broker under load: a process of its own, whose CPU time and memory we read. */
interface Broker extends AutoCloseable {
  String name();

  InetSocketAddress address();

  ProcessFigures figures();

  /** {@code count} clients, each with a certificate of its own that this broker accepts. */
  List<LoadClient> clients(int count);

  @Override
  void close();
}
