package io.telltale.doors;

import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;

import io.telltale.kernel.Bytes;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** A client that says exactly the bytes it is told to, over real TLS. */
final class RawDevice implements AutoCloseable {
  private final SSLSocket socket;
  private final DataInputStream in;

  RawDevice(SSLContext tls, int port) throws IOException {
    socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    in = new DataInputStream(socket.getInputStream());
  }

  SSLSocket socket() {
    return socket;
  }

  void send(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** One packet: its first byte, then its body. */
  record Packet(int first, Bytes content) {
    byte[] body() {
      return content.toArray();
    }

    int type() {
      return first >> 4;
    }

    int at(int index) {
      return content.at(index) & 0xff;
    }
  }

  /** The next packet; an {@link EOFException} when the door closed. */
  Packet read() throws IOException {
    int first = in.readUnsignedByte();
    int size = 0;
    int shift = 0;
    int next;
    do {
      next = in.readUnsignedByte();
      size |= (next & 0x7f) << shift;
      shift += 7;
    } while ((next & 0x80) != 0);
    return new Packet(first, Bytes.adopt(in.readNBytes(size)));
  }

  /** Whether the door ends the connection, after whatever it still says. */
  boolean isClosedByDoor() {
    try {
      while (true) {
        read();
      }
    } catch (EOFException | SocketException | SSLException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static byte[] connect(int version, int keepAlive) {
    byte[] properties = version == 5 ? new byte[] {0} : new byte[0];
    return packet(
        0x10,
        text("MQTT"),
        new byte[] {(byte) version, 2, (byte) (keepAlive >> 8), (byte) keepAlive},
        properties,
        text("raw"));
  }

  static byte[] publish(int version, int packet, String topic, byte[] payload) {
    byte[] properties = version == 5 ? new byte[] {0} : new byte[0];
    return packet(
        0x32, text(topic), new byte[] {(byte) (packet >> 8), (byte) packet}, properties, payload);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
