package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;

/** What strangers, or one bad device, do to a server for as long as this is open. */
final class Assault implements AutoCloseable {
  private static final int PACKET_BYTES = 264 * 1024;
  private static final String ELSEWHERE = "127.0.0.2";

  private final List<Thread> threads = new ArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final LongAdder opened = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private volatile boolean over;

  /** One connection after another, each until the server ends it. */
  private interface Connection {
    void attack() throws IOException;
  }

  private Assault(int atOnce, java.util.function.Function<Assault, Connection> how) {
    Connection connection = how.apply(this);
    for (int i = 0; i < atOnce; i++) {
      threads.add(Thread.ofVirtual().start(() -> repeat(connection)));
    }
  }

  /** Connects from another address and says nothing. */
  static Assault silent(InetSocketAddress mqtt, int atOnce) {
    return new Assault(
        atOnce,
        assault ->
            () -> {
              try (Socket socket = assault.tcp(mqtt)) {
                untilEnd(socket);
              }
            });
  }

  /** Bodies of a megabyte at enrollment, but for their end. */
  static Assault unfinishedBodies(InetSocketAddress enrollment, int atOnce) {
    String head =
        String.join(
            "\r\n",
            "POST /.well-known/est/simpleenroll HTTP/1.1",
            "Host: x",
            "Content-Type: application/pkcs10",
            "Content-Length: 1048576",
            "",
            "");
    byte[] content = new byte[head.length() + 1_048_000];
    Arrays.fill(content, (byte) 'A');
    System.arraycopy(head.getBytes(US_ASCII), 0, content, 0, head.length());
    SSLContext tls = PeerTls.stranger();
    return new Assault(atOnce, assault -> () -> assault.send(enrollment, tls, content));
  }

  /** Packets of one certificate before CONNECT, but for their end. */
  static Assault unfinishedPackets(InetSocketAddress mqtt, LoadClient device, int atOnce) {
    byte[] whole = publish(device.topic());
    byte[] content = Arrays.copyOf(whole, whole.length - 64);
    SSLContext tls = PeerTls.of(device);
    return new Assault(atOnce, assault -> () -> assault.send(mqtt, tls, content));
  }

  /** Whole packets to topics that are not the device's, as fast as the line takes them. */
  static Assault wrongTopics(InetSocketAddress mqtt, LoadClient device) {
    byte[] content = publish(LoadClient.topic("another"));
    SSLContext tls = PeerTls.of(device);
    return new Assault(
        1,
        assault ->
            () -> {
              try (Socket socket = assault.tls(mqtt, tls)) {
                socket.getOutputStream().write(connect(device.id()));
                Thread.ofVirtual().start(() -> drain(socket));
                while (!assault.over) {
                  socket.getOutputStream().write(content);
                  assault.bytes.add(content.length);
                }
              }
            });
  }

  private void repeat(Connection connection) {
    while (!over) {
      try {
        connection.attack();
      } catch (IOException e) {
        // Refused or cut: on with the next one.
      }
    }
  }

  private void send(InetSocketAddress to, SSLContext tls, byte[] content) throws IOException {
    try (Socket socket = tls(to, tls)) {
      socket.getOutputStream().write(content);
      bytes.add(content.length);
      untilEnd(socket);
    }
  }

  private Socket tcp(InetSocketAddress to) throws IOException {
    var socket = new Socket();
    open.add(socket);
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(ELSEWHERE), 0));
    socket.connect(to, 5_000);
    opened.increment();
    return socket;
  }

  private Socket tls(InetSocketAddress to, SSLContext context) throws IOException {
    Socket plain = tcp(to);
    Socket socket = context.getSocketFactory().createSocket(plain, "localhost", to.getPort(), true);
    open.add(socket);
    return socket;
  }

  private static void untilEnd(Socket socket) throws IOException {
    while (socket.getInputStream().read() >= 0) {
      // Whatever it says.
    }
  }

  private static void drain(Socket socket) {
    try {
      untilEnd(socket);
    } catch (IOException e) {
      // The writer notices as well.
    }
  }

  private static byte[] connect(String id) {
    byte[] name = id.getBytes(US_ASCII);
    byte[] packet = new byte[15 + name.length];
    byte[] start = {0x10, (byte) (13 + name.length), 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0};
    System.arraycopy(start, 0, packet, 0, start.length);
    packet[14] = (byte) name.length;
    System.arraycopy(name, 0, packet, 15, name.length);
    return packet;
  }

  private static byte[] publish(String topic) {
    byte[] packet = new byte[PACKET_BYTES];
    int rest = PACKET_BYTES - 4;
    packet[0] = 0x32;
    packet[1] = (byte) ((rest & 0x7f) | 0x80);
    packet[2] = (byte) (((rest >> 7) & 0x7f) | 0x80);
    packet[3] = (byte) (rest >> 14);
    packet[5] = (byte) topic.length();
    System.arraycopy(topic.getBytes(US_ASCII), 0, packet, 6, topic.length());
    packet[7 + topic.length()] = 1;
    return packet;
  }

  /** What it did. */
  String summary(double seconds) {
    return "%.0f connections/s, %.1f MB/s sent"
        .formatted(opened.sum() / seconds, bytes.sum() / seconds / 1e6);
  }

  @Override
  public void close() throws IOException {
    over = true;
    for (Socket socket : open) {
      socket.close();
    }
  }
}
