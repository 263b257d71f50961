package io.telltale.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** A broker process whose clients {@code authority} certifies. */
record StartedBroker(String name, Process process, int port, BenchAuthority authority)
    implements Broker {
  /** Starts {@code command}, which says what it has to say in {@code log}. */
  static Process process(List<String> command, Path log) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public ProcessFigures figures() {
    return new ProcessFigures(process.pid());
  }

  @Override
  public List<LoadClient> clients(int count) {
    return authority.clients(count);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
