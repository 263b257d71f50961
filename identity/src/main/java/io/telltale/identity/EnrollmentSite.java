package io.telltale.identity;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Router;
import java.util.stream.Stream;

/** What the enrollment listener serves: EST, and what certificates are worth beside it. */
public final class EnrollmentSite implements HttpExchange.Handler {
  private static final String OCSP_BY_GET = OcspHandler.PATH + "/";

  private final EstHandler est;
  private final OcspHandler ocsp;
  private final Router<HttpExchange.Handler> router;

  public EnrollmentSite(
      EstHandler est, RevocationLists lists, OcspHandler ocsp, RenewalInfoHandler renewals) {
    this.est = est;
    this.ocsp = ocsp;
    this.router =
        new Router<>(
            Stream.of(est.routes(), lists.routes(), ocsp.routes(), renewals.routes())
                .flatMap(routes -> routes.stream())
                .toList());
  }

  @Override
  public int bodyBytesMax(Head head) {
    return router.bodyBytesMax(head);
  }

  @Override
  public Response handle(Request request) {
    // Base64 has slashes of its own, so that no route can say where its path ends.
    if (request.method().equals("GET") && request.path().startsWith(OCSP_BY_GET)) {
      return ocsp.get(request);
    }
    return switch (router.match(request.method(), request.path())) {
      case Router.Match.Found<HttpExchange.Handler>(var handler, var _) -> handler.handle(request);
      case Router.Match.OtherMethod<HttpExchange.Handler>() -> est.refused(Refusal.METHOD);
      case Router.Match.NoPath<HttpExchange.Handler>() -> est.refused(Refusal.NOT_FOUND);
    };
  }
}
