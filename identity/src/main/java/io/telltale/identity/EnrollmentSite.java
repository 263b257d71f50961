package io.telltale.identity;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Router;
import java.util.stream.Stream;

/** What the enrollment listener serves: EST, and revocation lists beside it. */
public final class EnrollmentSite implements HttpExchange.Handler {
  private final EstHandler est;
  private final Router<HttpExchange.Handler> router;

  public EnrollmentSite(EstHandler est, RevocationLists lists) {
    this.est = est;
    this.router =
        new Router<>(Stream.concat(est.routes().stream(), lists.routes().stream()).toList());
  }

  @Override
  public int bodyBytesMax(Head head) {
    return router.bodyBytesMax(head);
  }

  @Override
  public Response handle(Request request) {
    return switch (router.match(request.method(), request.path())) {
      case Router.Match.Found<HttpExchange.Handler>(var handler, var _) -> handler.handle(request);
      case Router.Match.OtherMethod<HttpExchange.Handler>() -> est.refused(Refusal.METHOD);
      case Router.Match.NoPath<HttpExchange.Handler>() -> est.refused(Refusal.NOT_FOUND);
    };
  }
}
