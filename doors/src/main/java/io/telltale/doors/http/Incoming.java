package io.telltale.doors.http;

import io.telltale.http.HttpExchange;

/** What the bytes of one HTTP request turned out to be. */
sealed interface Incoming {
  /** A request with all of its body. */
  record Whole(HttpExchange.Request request, boolean keepAlive) implements Incoming {
    int bodyBytes() {
      return request.body().size();
    }
  }

  /** Not to be understood in one way only; nothing after it can be, either. */
  record Malformed() implements Incoming {}

  /** Its body is larger than its route takes, as its head says or as it turned out. */
  record TooLarge(int bytesMax) implements Incoming {}
}
