package io.telltale.http;

import io.telltale.kernel.Bytes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The HTTP port: protocol handlers are bytes in, bytes out; a door carries them over a socket. */
public final class HttpExchange {
  private HttpExchange() {}

  /** Answers requests. Runs on a virtual thread and may block; must bound its own time. */
  @FunctionalInterface
  public interface Handler {
    /** What a body may have where the handler says nothing else. */
    int BODY_BYTES_MAX = 64 * 1024;

    Response handle(Request request);

    /**
     * How many bytes the body of a request that begins like this may have. Asked before any of it
     * is read, on an event loop: must not block.
     */
    default int bodyBytesMax(Head head) {
      return BODY_BYTES_MAX;
    }
  }

  /**
   * What is known of a request before its body comes.
   *
   * @param path decoded, without query
   */
  public record Head(String method, String path, List<X509Certificate> peerChain) {
    public Head {
      peerChain = List.copyOf(peerChain);
    }
  }

  /**
   * @param method upper case
   * @param path decoded, without query, starting with a slash
   * @param query parsed query parameters, each given once
   * @param headers names in lower case; the first value of each
   * @param body bounded by the listener
   * @param peerChain the TLS peer's verified chain, leaf first; empty when it showed none
   * @param source the peer's address, for limits and events
   */
  public record Request(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      Bytes body,
      List<X509Certificate> peerChain,
      String source) {
    public Request {
      query = Map.copyOf(query);
      headers = Map.copyOf(headers);
      peerChain = List.copyOf(peerChain);
    }

    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
  }

  /** An answer. {@code headers} hold everything but Content-Length, which the listener sets. */
  public record Response(int status, Map<String, String> headers, Bytes body) {
    public Response {
      headers = Map.copyOf(headers);
    }

    public static Response text(int status, String message) {
      return new Response(
          status, Map.of("content-type", "text/plain; charset=utf-8"), Bytes.utf8(message + "\n"));
    }
  }
}
