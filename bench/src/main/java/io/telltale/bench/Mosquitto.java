package io.telltale.bench;

import io.telltale.crypto.x509.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Debian's mosquitto with TLS, required client certificates and no persistence. */
final class Mosquitto implements Broker {
  private final Process process;
  private final int port;
  private final BenchAuthority authority;

  private Mosquitto(Process process, int port, BenchAuthority authority) {
    this.process = process;
    this.port = port;
    this.authority = authority;
  }

  static Mosquitto start(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    var authority = new BenchAuthority();
    int port = freePort();
    BenchAuthority.Issued server = authority.server();
    Files.writeString(folder.resolve("ca.pem"), Pem.certificates(List.of(authority.root())));
    BenchFiles.write(folder, server);
    Files.writeString(
        folder.resolve("mosquitto.conf"),
        """
        listener %d 127.0.0.1
        cafile %s/ca.pem
        certfile %s/server.pem
        keyfile %s/server.key
        require_certificate true
        use_identity_as_username true
        allow_anonymous false
        tls_version tlsv1.3
        persistence false
        max_inflight_messages 0
        max_connections -1
        log_type error
        user root
        """
            .formatted(port, folder, folder, folder));
    Process process =
        new ProcessBuilder("mosquitto", "-c", folder.resolve("mosquitto.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("mosquitto.log").toFile())
            .start();
    var mosquitto = new Mosquitto(process, port, authority);
    mosquitto.awaitListening();
    return mosquitto;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitListening() throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 100; attempt++) {
      try (var socket = new Socket()) {
        socket.connect(address(), 100);
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
    throw new IOException("mosquitto does not listen; see its log");
  }

  @Override
  public String name() {
    return "mosquitto";
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
