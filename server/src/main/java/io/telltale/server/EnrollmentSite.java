package io.telltale.server;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.identity.EstHandler;
import io.telltale.identity.RevocationLists;

/** What the enrollment listener serves: EST, and revocation lists beside it. */
record EnrollmentSite(EstHandler est, RevocationLists lists) implements HttpExchange.Handler {
  private static final String LISTS = "/crl/";

  @Override
  public int bodyBytesMax(Head head) {
    return head.path().startsWith(LISTS) ? 0 : est.bodyBytesMax(head);
  }

  @Override
  public Response handle(Request request) {
    return request.path().startsWith(LISTS) ? lists.handle(request) : est.handle(request);
  }
}
