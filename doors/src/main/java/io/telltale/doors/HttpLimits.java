package io.telltale.doors;

import java.time.Duration;

/**
 * The bounds of an HTTP listener.
 *
 * @param bodyBytesMax of a request, whatever its handler would take
 * @param requestMax from the first moment a request may come to its last byte: ends slow senders
 *     and idle connections alike
 * @param handlersMax requests being handled at once; more are answered 503
 * @param handledBytesMax the bodies of those together; more are answered 503
 */
public record HttpLimits(
    int bodyBytesMax, Duration requestMax, int handlersMax, int handledBytesMax) {
  public HttpLimits {
    if (handledBytesMax < bodyBytesMax) {
      throw new IllegalArgumentException("the largest body could never be handled");
    }
  }
}
