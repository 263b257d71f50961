package io.telltale.server.metrics;

import com.sun.net.httpserver.HttpServer;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * {@code /metrics} for Prometheus, on loopback without TLS: the one named exception, since it holds
 * aggregate figures only.
 */
public final class MetricsPage implements AutoCloseable {
  private final HttpServer server;

  private MetricsPage(HttpServer server) {
    this.server = server;
  }

  public static MetricsPage open(String host, int port, Metrics metrics) {
    // Loopback is no reason to let anybody on this machine use up our descriptors.
    System.setProperty("jdk.httpserver.maxConnections", "32");
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 16);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext(
          "/metrics",
          exchange -> {
            byte[] page = metrics.scrape().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, page.length);
            try (var body = exchange.getResponseBody()) {
              body.write(page);
            }
          });
      server.start();
      return new MetricsPage(server);
    } catch (IOException e) {
      throw new UnavailableException(
          "listening on %s:%d for metrics: is the port in use? Choose another with listen.metrics"
              .formatted(host, port),
          e);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
