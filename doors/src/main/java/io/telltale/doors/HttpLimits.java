package io.telltale.doors;

import java.time.Duration;

/**
 * The bounds of an HTTP listener.
 *
 * @param bodyBytesMax of a request
 * @param requestMax from the first moment a request may come to its last byte: ends slow senders
 *     and idle connections alike
 * @param handlersMax requests being handled at once; more are answered 503
 */
public record HttpLimits(int bodyBytesMax, Duration requestMax, int handlersMax) {
  public static HttpLimits standard() {
    return new HttpLimits(1 << 20, Duration.ofSeconds(20), 64);
  }
}
