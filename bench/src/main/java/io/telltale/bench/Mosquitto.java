package io.telltale.bench;

import io.telltale.crypto.x509.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Debian's mosquitto with TLS, required client certificates and no persistence. */
final class Mosquitto {
  private Mosquitto() {}

  static StartedBroker start(Path folder) throws IOException, InterruptedException {
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
        StartedBroker.process(
            List.of("mosquitto", "-c", folder.resolve("mosquitto.conf").toString()),
            folder.resolve("mosquitto.log"));
    var mosquitto = new StartedBroker("mosquitto", process, port, authority);
    awaitListening(mosquitto.address());
    return mosquitto;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitListening(InetSocketAddress address)
      throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 100; attempt++) {
      try (var socket = new Socket()) {
        socket.connect(address, 100);
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
    throw new IOException("mosquitto does not listen; see its log");
  }
}
