package io.telltale.doors.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.telltale.http.HttpExchange;
import io.telltale.kernel.Bytes;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A request's line and headers, as its handler will see them. */
public record RequestHead(
    HttpExchange.Head head,
    Map<String, String> query,
    Map<String, String> headers,
    boolean keepAlive,
    boolean expectsContinue) {

  /** Empty when the request cannot be understood in one way only. */
  static Optional<RequestHead> of(HttpRequest request, List<X509Certificate> chain) {
    if (request.decoderResult().isFailure() || !request.uri().startsWith("/")) {
      return Optional.empty();
    }
    var query = new HashMap<String, String>();
    String path;
    try {
      var uri = new QueryStringDecoder(request.uri());
      path = uri.path();
      if (uri.parameters().values().stream().anyMatch(values -> values.size() > 1)) {
        return Optional.empty();
      }
      uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    boolean expects = request.headers().contains(HttpHeaderNames.EXPECT);
    boolean expectsContinue =
        request.headers().containsValue(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, true);
    if (path.indexOf('\0') >= 0
        || request.headers().getAll(HttpHeaderNames.HOST).size() > 1
        || expects != expectsContinue) {
      return Optional.empty();
    }
    var headers = new HashMap<String, String>();
    for (Map.Entry<String, String> header : request.headers()) {
      headers.putIfAbsent(header.getKey().toLowerCase(Locale.ROOT), header.getValue());
    }
    return Optional.of(
        new RequestHead(
            new HttpExchange.Head(request.method().name().toUpperCase(Locale.ROOT), path, chain),
            query,
            headers,
            HttpUtil.isKeepAlive(request),
            expectsContinue));
  }

  Incoming.Whole with(Bytes body, Channel channel) {
    String source =
        channel.remoteAddress() instanceof InetSocketAddress address
            ? address.getAddress().getHostAddress()
            : "unknown";
    return new Incoming.Whole(
        new HttpExchange.Request(
            head.method(), head.path(), query, headers, body, head.peerChain(), source),
        keepAlive);
  }
}
