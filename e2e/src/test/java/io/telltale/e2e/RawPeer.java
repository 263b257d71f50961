package io.telltale.e2e;

import io.telltale.crypto.x509.OneKey;
import io.telltale.fakes.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Says exactly the bytes it is told to, over TCP or TLS, and tells what came back. */
final class RawPeer implements AutoCloseable {
  private static final int ANSWER_MILLIS_MAX = 15_000;

  private final Socket socket;

  private RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
  }

  static RawPeer tcp(int port) throws IOException {
    return new RawPeer(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** With {@code credential} whatever the server asks for; believes any server. */
  static RawPeer tls(int port, Optional<TestCa.Credential> credential, String version)
      throws IOException {
    try {
      var context = SSLContext.getInstance(version);
      context.init(
          credential.map(one -> new KeyManager[] {new OneKey(one.key(), one.chain())}).orElse(null),
          new TrustManager[] {new Gullible()},
          null);
      return new RawPeer(
          context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static RawPeer tls(int port, Optional<TestCa.Credential> credential) throws IOException {
    return tls(port, credential, "TLS");
  }

  /** What the server shows of itself, leaf first; empty over TCP. */
  List<Certificate> shown() throws IOException {
    return socket instanceof SSLSocket tls
        ? List.of(tls.getSession().getPeerCertificates())
        : List.of();
  }

  RawPeer send(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  RawPeer send(String ascii) throws IOException {
    return send(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** As it is while the server goes on listening; what it no longer takes is dropped. */
  RawPeer sendWhatGoes(byte... bytes) {
    try {
      return send(bytes);
    } catch (IOException e) {
      return this;
    }
  }

  InputStream in() throws IOException {
    return socket.getInputStream();
  }

  /** Everything until the server ends the connection, and how it did. */
  String seen() {
    var all = new ByteArrayOutputStream();
    try {
      InputStream in = in();
      for (int next = in.read(); next >= 0; next = in.read()) {
        all.write(next);
      }
      return text(all) + " closed";
    } catch (SocketTimeoutException e) {
      return text(all) + " still open";
    } catch (SSLException e) {
      return text(all) + " alert " + e.getMessage();
    } catch (IOException e) {
      return text(all) + " reset";
    }
  }

  /** Text as text, anything else in hexadecimal. */
  private static String text(ByteArrayOutputStream bytes) {
    String latin = bytes.toString(StandardCharsets.ISO_8859_1);
    return latin.chars().allMatch(c -> (c >= ' ' && c < 127) || c == '\r' || c == '\n')
        ? latin
        : HexFormat.of().formatHex(bytes.toByteArray());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** An attacker does not mind who it talks to. */
  private static final class Gullible extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
